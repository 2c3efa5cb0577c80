/** Answers that this worker gives, and the files that they are written to for others. */
import type { GatewayError } from "../errors/gatewayError.js";
import { messageOf } from "../errors/problem.js";
import type { PrimaryPort } from "../process/channel/topic.js";
import { keepAnswer, LogWriter, partPath, removeAnswer } from "./answerFile.js";
import { AnswerLog } from "./answerLog.js";
import { type Ask, maxLogBytes } from "./ask.js";
import { failureOf, lost } from "./failure.js";
import type { ReplayTopic, Spooling } from "./messages.js";

interface Led {
	readonly log: AnswerLog;
	readonly ask: Ask | undefined;
	writer: LogWriter | undefined;
	/** Somebody wants to hear how its file grows. */
	isFollowed: boolean;
	isFinishing: boolean;
	/** Its log has only what follows another worker's part of it. */
	readonly isContinued: boolean;
}

export class LedAnswers {
	readonly #send: PrimaryPort<ReplayTopic>["send"];
	readonly #folder: string | undefined;
	readonly #complain: (line: string) => void;
	readonly #led = new Map<string, Led>();
	readonly #writing = new Set<Promise<unknown>>();
	#hasComplained = false;

	constructor(send: PrimaryPort<ReplayTopic>["send"], folder: string | undefined, complain: (line: string) => void) {
		this.#send = send;
		this.#folder = folder;
		this.#complain = complain;
	}

	/** Begins an answer. @param spooling where it is written from its beginning */
	lead(id: string, ask: Ask | undefined, spooling?: Spooling): AnswerLog {
		const log = new AnswerLog(id, maxLogBytes);
		this.add(log, ask);
		log.listeners.push({ ended: () => this.#track(this.#finish(id)) });
		if (spooling !== undefined) this.spool(id, spooling.path, spooling.isFollowed);
		return log;
	}

	/** Goes on with an answer in a file. @returns the log of what follows */
	goOn(id: string, ask: Ask, writer: LogWriter): AnswerLog {
		const log = new AnswerLog(id, maxLogBytes);
		this.#led.set(id, { log, ask, writer, isFollowed: true, isFinishing: false, isContinued: true });
		log.listeners.push({ added: (bytes) => writer.add(bytes), ended: () => this.#track(this.#finish(id)) });
		this.#report(id, writer);
		return log;
	}

	/** An answer that isn't kept, for those who ask while it is here. */
	add(log: AnswerLog, ask?: Ask): void {
		if (this.#led.has(log.id)) return;
		this.#led.set(log.id, {
			log,
			ask,
			writer: undefined,
			isFollowed: false,
			isFinishing: false,
			isContinued: false,
		});
	}

	/** The log of an answer from its beginning; undefined if that is not in this worker. */
	logOf(id: string): AnswerLog | undefined {
		const one = this.#led.get(id);
		return one?.isContinued ? undefined : one?.log;
	}

	/** The log of what this worker gives of an answer. */
	ownPartOf(id: string): AnswerLog | undefined {
		return this.#led.get(id)?.log;
	}

	drop(id: string): void {
		this.#led.delete(id);
	}

	/** Writes what there is of a log, and then what comes. */
	spool(id: string, path: string, isFollowed: boolean): void {
		const one = this.#led.get(id);
		if (one?.writer !== undefined) {
			one.isFollowed ||= isFollowed;
			if (isFollowed) this.#send({ topic: "replay", kind: "grew", id, size: one.writer.size });
			return;
		}
		if (one === undefined || this.#folder === undefined || one.log.isForgotten) {
			this.#endLost(id);
			return;
		}
		one.isFollowed = isFollowed;
		this.#write(id, one, path);
		if (one.log.ending !== undefined) this.#track(this.#finish(id));
	}

	/** Leaves an answer to whoever goes on with it: what comes of it here from now on is nobody's. */
	abandon(id: string): void {
		const one = this.#led.get(id);
		if (one?.writer === undefined || one.log.ending !== undefined) return;
		this.#led.delete(id);
		one.writer.abandon();
		this.#send({ topic: "replay", kind: "abandoned", id });
	}

	/** Breaks off all answers that are under way. */
	giveUp(reason: GatewayError): void {
		for (const { log } of this.#led.values()) log.end(reason);
	}

	/** Resolves when no answer is under way, and all that is to be kept is written. */
	async settled(): Promise<void> {
		const live = [...this.#led.values()].filter(({ log }) => log.ending === undefined);
		const ends = live.map(({ log }) => new Promise<void>((resolve) => log.listeners.push({ ended: () => resolve() })));
		await Promise.all(ends);
		await Promise.allSettled([...this.#writing]);
	}

	#track(work: Promise<unknown>): void {
		const tracked = work.finally(() => this.#writing.delete(tracked));
		this.#writing.add(tracked);
	}

	#write(id: string, one: Led, path: string): LogWriter {
		const { log, ask } = one;
		const writer = new LogWriter(path);
		one.writer = writer;
		this.#report(id, writer);
		const owner = {
			owner: ask?.owner ?? "",
			key: ask?.key,
			fingerprint: ask?.fingerprint ?? "",
			createdAt: Date.now(),
		};
		if (log.head !== undefined) writer.begin(log.head, owner);
		for (const part of log.parts) if (part !== undefined) writer.add(part);
		log.listeners.push({ begun: (head) => writer.begin(head, owner), added: (bytes) => writer.add(bytes) });
		return writer;
	}

	#report(id: string, writer: LogWriter): void {
		writer.onGrowth = (size) => {
			if (this.#led.get(id)?.isFollowed) this.#send({ topic: "replay", kind: "grew", id, size });
		};
		writer.onFailure = () => {
			this.#complainOnce(writer.error);
			this.#endLost(id);
		};
	}

	/** All of an answer has come: it is kept if that was asked for, and if it is worth it. */
	async #finish(id: string): Promise<void> {
		const one = this.#led.get(id);
		if (one === undefined || one.isFinishing) return;
		one.isFinishing = true;
		const { log, ask } = one;
		const failure = log.ending?.failure;
		const isToBeKept = ask !== undefined && !ask.isFleeting;
		const isWorthIt = isToBeKept && failure === undefined && (log.head?.status ?? 500) < 400 && !log.isForgotten;
		if (isWorthIt && this.#folder === undefined)
			this.#complainOnce(new Error("there is no folder for temporary files"));
		const folder = this.#folder ?? "";
		if (isWorthIt && folder !== "" && one.writer === undefined) this.#write(id, one, partPath(folder, id));
		const isWritten = one.writer === undefined ? false : one.writer.end();
		const isKept = isWorthIt && isWritten && folder !== "" && (await keepAnswer(folder, id));
		if (isKept) this.#hasComplained = false;
		this.#led.delete(id);
		const size = one.writer?.size ?? 0;
		this.#send({ topic: "replay", kind: "ended", id, size, isKept, failure: failure && failureOf(failure) });
		if (one.writer?.error !== undefined && folder !== "") await removeAnswer(partPath(folder, id));
	}

	/** Others can't have it: it ended before they asked, or can't be written. */
	#endLost(id: string): void {
		this.#send({ topic: "replay", kind: "ended", id, size: 0, isKept: false, failure: failureOf(lost()) });
	}

	#complainOnce(error: unknown): void {
		if (!this.#hasComplained) this.#complain(`Answers can't be kept to be sent again: ${messageOf(error)}`);
		this.#hasComplained = true;
	}
}
