/** Clients' requests that could go on with the answer that they follow, should the worker that gives it be no more. */
import type { PrimaryPort } from "../process/channel/topic.js";
import { type GivenPart, LogWriter, readPart } from "./answerFile.js";
import type { LedAnswers } from "./ledAnswers.js";
import type { ReplayTopic } from "./messages.js";
import type { Successor } from "./successor.js";

export class Successors {
	readonly #send: PrimaryPort<ReplayTopic>["send"];
	readonly #led: LedAnswers;
	readonly #waiting = new Map<string, Set<Successor>>();

	constructor(send: PrimaryPort<ReplayTopic>["send"], led: LedAnswers) {
		this.#send = send;
		this.#led = led;
	}

	/** @returns a function that takes it back */
	add(id: string, successor: Successor | undefined): () => void {
		if (successor === undefined) return () => {};
		const all = this.#waiting.get(id) ?? new Set();
		this.#waiting.set(id, all.add(successor));
		return () => {
			all.delete(successor);
			if (all.size === 0 && this.#waiting.get(id) === all) this.#waiting.delete(id);
		};
	}

	/** Goes on with an answer in a file, and tells the primary whether it does. */
	async goOn(id: string, path: string): Promise<void> {
		const part = await readPart(path).catch(() => undefined);
		let hasTried = part === undefined;
		for (const successor of part === undefined ? [] : (this.#waiting.get(id) ?? [])) {
			if (part !== undefined && (await this.#goOnWith(id, path, part, successor))) return;
			hasTried ||= successor.hasTried;
		}
		this.#send({ topic: "replay", kind: "continued", id, size: undefined, hasTried });
	}

	async #goOnWith(id: string, path: string, part: GivenPart, { ask, goOn }: Successor): Promise<boolean> {
		try {
			return await goOn(id, part, () => {
				this.#send({ topic: "replay", kind: "continued", id, size: part.size });
				return this.#led.goOn(id, ask, new LogWriter(path, part.size));
			});
		} catch {
			// It has been refused, as by a limit: another client's request may not be.
			return false;
		}
	}
}
