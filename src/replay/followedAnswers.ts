/** Answers of other workers that clients of this one get. */
import type { PrimaryPort } from "../process/channel/topic.js";
import { AnswerLog } from "./answerLog.js";
import { maxLogBytes } from "./ask.js";
import { errorOf, isLost, lost } from "./failure.js";
import type { Ended, ReplayTopic } from "./messages.js";
import { Mirror } from "./mirror.js";

export class FollowedAnswers {
	readonly #primary: Pick<PrimaryPort<ReplayTopic>, "send" | "ask">;
	readonly #mirrors = new Map<string, Mirror>();

	constructor(primary: Pick<PrimaryPort<ReplayTopic>, "send" | "ask">) {
		this.#primary = primary;
	}

	/** @returns the log of an answer that another worker gives or has given; undefined if nobody new can have it */
	async follow(id: string): Promise<AnswerLog | undefined> {
		const known = this.#mirrors.get(id)?.log;
		if (known !== undefined) {
			// The worker that gives it may be no more, and those here who could have gone on with it may have left.
			if (canBeHad(known) && !known.isGiven) await this.#primary.ask("follow", id);
			return canBeHad(known) ? known : undefined;
		}
		const mirror = new Mirror(new AnswerLog(id, maxLogBytes), () => this.#mirrors.delete(id));
		this.#mirrors.set(id, mirror);
		this.#tellReaders(mirror.log);
		const kept = await this.#primary.ask("follow", id);
		if (kept === undefined) {
			mirror.fail();
			return undefined;
		}
		if (kept.isEnded && kept.failure === undefined) this.#tellIfGone(mirror.log);
		mirror.begin(kept.path);
		if (kept.isEnded) mirror.end(kept.size, kept.failure && errorOf(kept.failure));
		else mirror.grow(kept.size);
		return mirror.log;
	}

	grew(id: string, size: number): void {
		this.#mirrors.get(id)?.grow(size);
	}

	ended({ id, size, failure }: Ended): void {
		this.#mirrors.get(id)?.end(size, failure && errorOf(failure));
	}

	/** Nothing more comes. */
	end(): void {
		for (const mirror of [...this.#mirrors.values()]) mirror.end(0, lost());
	}

	/** The worker that leads goes on for as long as somebody reads here. */
	#tellReaders(log: AnswerLog): void {
		let isTelling = false;
		const tell = () => {
			isTelling = false;
			const { id, readerCount: readers, reads } = log;
			if (log.ending === undefined) this.#primary.send({ topic: "replay", kind: "read", id, readers, reads });
		};
		log.listeners.push({
			readersChanged() {
				if (!isTelling) setImmediate(tell);
				isTelling = true;
			},
		});
	}

	#tellIfGone(log: AnswerLog): void {
		log.listeners.push({
			ended: (failure) => failure && this.#primary.send({ topic: "replay", kind: "gone", id: log.id }),
		});
	}
}

/** An answer that is here can be given to somebody new. */
export function canBeHad({ isForgotten, ending }: AnswerLog): boolean {
	return !isForgotten && !isLost(ending?.failure);
}
