/** The events of a response in the background, for a client: those that were given, then as they come, whoever generates it. */
import { GatewayError } from "../errors/gatewayError.js";
import type { AnswerLog } from "../replay/answerLog.js";
import { isEventStream } from "../replay/eventIds.js";
import { nameHash, ownerHash } from "../replay/repeatable.js";
import { SequenceSeeker } from "../replay/responseEvents.js";
import type { Replays } from "../replay/worker.js";
import { type BackgroundRecord, isUnfinished } from "../store/backgroundTypes.js";
import { unread } from "../streaming/piece.js";
import { ResponseStream, type Source } from "../streaming/responseStream.js";
import { eventsOf } from "./response.js";

export interface Followed {
	readonly id: string;
	readonly owner: string;
	/** Its first events, which are known before anybody generates it. */
	readonly first: Buffer;
	/** The number of the last event that the client has; -1 for none. */
	readonly after: number;
}

export interface Followers {
	readonly replays: Replays;
	find(owner: string, id: string): Promise<BackgroundRecord | undefined>;
}

/** Pause before another look whether somebody generates it by now. */
const lookPauseMs = 300;
/** The number of the last of the first events. */
const lastOfFirst = 1;

export function followedStream(followers: Followers, followed: Followed): ResponseStream {
	const following = new Following();
	void following.run(followers, followed).catch((thrown: unknown) => {
		following.answer.fail(thrown instanceof GatewayError ? thrown : unreadable());
	});
	return following.answer;
}

class Following implements Source {
	readonly answer: ResponseStream = new ResponseStream(this);
	#log: ResponseStream | undefined;
	#isPaused = false;

	async run(followers: Followers, { id, owner, first, after }: Followed): Promise<void> {
		const headers = { "content-type": "text/event-stream; charset=utf-8" };
		this.answer.begin({ status: 200, headers, contentLength: undefined, isStream: true });
		this.#pass(new SequenceSeeker(after).push(first));
		const seeker = () => new SequenceSeeker(Math.max(after, lastOfFirst));
		while (this.answer.isUnderWay) {
			// The record first: what is over by then is kept as a log, or as a response.
			const record = await followers.find(owner, id);
			const log = await followers.replays.named(nameHash(ownerHash(owner), id));
			if (log !== undefined && (await hasEvents(log))) {
				this.#follow(log.read(seeker()));
				return;
			}
			if (record === undefined) throw removed();
			if (!isUnfinished(record)) {
				this.#pass(seeker().push(eventsOf(JSON.parse(record.response))));
				this.answer.end();
				return;
			}
			await new Promise((resolve) => setTimeout(resolve, lookPauseMs));
		}
	}

	pause(): void {
		this.#isPaused = true;
		this.#log?.pause();
	}

	resume(): void {
		this.#isPaused = false;
		this.#log?.resume();
	}

	stop(reason: GatewayError): void {
		this.#log?.cancel(reason);
	}

	get isMidEvent(): boolean {
		return this.#log?.isMidEvent ?? false;
	}

	#pass(bytes: Buffer | undefined): void {
		if (bytes !== undefined && bytes.length > 0) this.answer.pass(unread(bytes));
	}

	#follow(log: ResponseStream): void {
		if (!this.answer.isUnderWay) {
			log.cancel(removed());
			return;
		}
		this.#log = log;
		log.pipe({
			write: (piece) => {
				this.answer.pass(piece);
				return !this.#isPaused;
			},
			end: () => this.answer.end(),
			fail: (failure) => this.answer.fail(failure),
		});
	}
}

/** Whether a log is of events; one that hasn't begun is waited for. */
async function hasEvents(log: AnswerLog): Promise<boolean> {
	await log.until(() => log.head !== undefined);
	return log.head !== undefined && isEventStream(log.head);
}

function removed(): GatewayError {
	return new GatewayError(404, "There is no such response any more.", { code: "response_not_found" });
}

function unreadable(): GatewayError {
	return new GatewayError(503, "The response can't be read now.", { code: "store_unavailable" });
}
