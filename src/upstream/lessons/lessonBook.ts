/** Lessons in force, by the model that taught them. Those that have expired are gone. */
import type { Lesson } from "./lesson.js";

/** Clients choose models and members, so the oldest lessons make room. */
const maxPerModel = 64;
const maxModels = 256;

const none: readonly Lesson[] = Object.freeze([]);

export class LessonBook {
	/** By upstream and model; those that were taught last come last. */
	readonly #pages = new Map<string, Lesson[]>();
	readonly #now: () => number;

	/** @param now milliseconds since the epoch */
	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	of(upstream: string, model: string): readonly Lesson[] {
		if (this.#pages.size === 0) return none;
		const key = keyOf(upstream, model);
		const page = this.#pages.get(key);
		if (page === undefined) return none;
		return page.some((lesson) => this.#isOver(lesson))
			? this.#keep(key, page, (lesson) => !this.#isOver(lesson))
			: page;
	}

	add(lesson: Lesson): void {
		const key = keyOf(lesson.upstream, lesson.model);
		const page = (this.#pages.get(key) ?? []).filter(({ id }) => id !== lesson.id).slice(1 - maxPerModel);
		this.#pages.delete(key);
		this.#pages.set(key, [...page, lesson]);
		if (this.#pages.size <= maxModels) return;
		const [oldest = ""] = this.#pages.keys();
		this.#pages.delete(oldest);
	}

	all(): Lesson[] {
		return [...this.#pages.values()].flat().filter((lesson) => !this.#isOver(lesson));
	}

	/** @returns those that were there */
	remove(isMeant: (lesson: Lesson) => boolean): Lesson[] {
		const removed = this.all().filter(isMeant);
		for (const [key, page] of [...this.#pages]) this.#keep(key, page, (lesson) => !isMeant(lesson));
		return removed;
	}

	#keep(key: string, page: readonly Lesson[], isKept: (lesson: Lesson) => boolean): readonly Lesson[] {
		const kept = page.filter(isKept);
		if (kept.length === 0) this.#pages.delete(key);
		else this.#pages.set(key, kept);
		return kept;
	}

	#isOver({ expiresAt }: Lesson): boolean {
		return expiresAt <= this.#now();
	}
}

function keyOf(upstream: string, model: string): string {
	return `${upstream}\n${model}`;
}
