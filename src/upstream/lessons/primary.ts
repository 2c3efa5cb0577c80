/** The primary's half of lessons: keeps what any worker has learned, over reloads as well, and tells all others. */
import type { PrimaryHalf, WorkerPort } from "../../process/channel/topic.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import { identityOf } from "../health/sharedHealth.js";
import type { Lesson } from "./lesson.js";
import { LessonBook } from "./lessonBook.js";
import type { LessonsTopic } from "./messages.js";

export interface PrimaryLessons extends PrimaryHalf<LessonsTopic> {
	list(): Lesson[];
}

export function createPrimaryLessons(): PrimaryLessons {
	const book = new LessonBook();
	const workers = new Set<WorkerPort<LessonsTopic>>();
	let identities = new Map<string, string>();

	function forget(isMeant: (lesson: Lesson) => boolean): Lesson[] {
		const lessons = book.remove(isMeant);
		const ids = lessons.map(({ id }) => id);
		if (ids.length > 0)
			for (const worker of workers) worker.send({ topic: "lessons", kind: "forgotten", lessons: ids });
		return lessons;
	}

	/** What was learned of an upstream holds for no other that has its name now. */
	function adopt(upstreams: readonly UpstreamSettings[]): void {
		const before = identities;
		identities = new Map(upstreams.map((settings) => [settings.name, identityOf(settings)]));
		forget(({ upstream }) => identities.get(upstream) !== before.get(upstream));
	}

	function isSame({ settings }: WorkerPort<LessonsTopic>, name: string): boolean {
		const upstream = settings.routing.upstreams.find((one) => one.name === name);
		return upstream !== undefined && [undefined, identityOf(upstream)].includes(identities.get(name));
	}

	return {
		topic: "lessons",
		list: () => book.all(),
		join(worker) {
			workers.add(worker);
			return {
				snapshot: () => book.all(),
				receive(message) {
					// Its generation may know another upstream by that name.
					if (!isSame(worker, message.lesson.upstream)) return;
					book.add(message.lesson);
					for (const other of workers) if (other !== worker) other.send(message);
				},
				answers: {
					list: () => book.all(),
					forget: (id) => forget((lesson) => id === null || lesson.id === id),
				},
				leave: () => void workers.delete(worker),
			};
		},
		adopt: ({ routing }) => adopt(routing.upstreams),
	};
}
