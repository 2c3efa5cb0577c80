/** The connection to Redis or Valkey: reports whether it is there, fails at once while it is not, and reconnects by itself. */
import { createHash } from "node:crypto";
import createDebug from "debug";
import type { Redis } from "ioredis";
import { messageOf } from "../errors/problem.js";
import { type ScriptQuestion, script } from "./redisScript.js";

const debug = createDebug("llmgw:redis");

/** Longest wait for an answer. A question that Redis comes to later than `lateMs` counts nothing. */
const answerMs = 200;
const lateMs = 150;
/** A Redis that reads a question too late is still there, and is asked again this many times. */
const maxTries = 5;
const connectMs = 2_000;
const maxReconnectMs = 1_000;

const scriptHash = createHash("sha1").update(script).digest("hex");

/** To one question: numbers, or why Redis can't answer this one. */
export type QuestionAnswer = readonly number[] | string;

/** What became of a batch: its answers, or that it was surely not done, or that nobody knows. */
export type BatchOutcome =
	| { readonly now: number; readonly answers: readonly QuestionAnswer[] }
	| "not done"
	| "unknown";

/** `place` is without user and password. */
export interface RedisEvents {
	/** Called once for each time that Redis is away, as `found` is. */
	lost(place: string, reason: string): void;
	found(place: string): void;
	/**
	 * Redis is there, and can't count some limit.
	 *
	 * @param isUse it is what a request has used, which is given up; else, what a request needs
	 */
	refused?(place: string, reason: string, isUse: boolean): void;
}

/** Errors with which Redis refuses everything for the moment; any other error is about one question. */
const ofAll = /^(OOM|READONLY|LOADING|MASTERDOWN|MISCONF|NOREPLICAS|CLUSTERDOWN|BUSY|NOAUTH|NOPERM|WRONGPASS)\b/;

export function refusesAll(reason: string): boolean {
	return ofAll.test(reason);
}

export class RedisLink {
	readonly #place: string;
	readonly #redis: Redis;
	readonly #events: RedisEvents;
	/** Milliseconds that Redis' clock is ahead of this one. */
	#offsetMs = 0;
	#isReachable = false;
	#isClosed = false;
	/** The operator knows already that Redis is away. */
	#isKnown = false;
	#reason = "no answer";
	#decided = () => {};

	constructor(redis: Redis, place: string, events: RedisEvents) {
		this.#redis = redis;
		this.#place = place;
		this.#events = events;
		redis.on("error", (error: Error) => {
			debug("%s", error.message);
			this.#reason = error.message || error.name;
			if (!this.#isReachable) this.#lose();
		});
		redis.on("close", () => this.#lose());
		redis.on("connect", () => this.#watchStart());
		redis.on("ready", () => void this.#prepare());
	}

	/** Resolves when it is there, or is known to be away. */
	open(): Promise<void> {
		return new Promise((resolve) => {
			this.#decided = resolve;
			this.#redis.connect().catch((error: unknown) => debug("%s", messageOf(error)));
		});
	}

	get isReachable(): boolean {
		return this.#isReachable;
	}

	get place(): string {
		return this.#place;
	}

	/** Milliseconds since the epoch by Redis' clock, as far as is known. */
	now(): number {
		return Date.now() + this.#offsetMs;
	}

	/** A time of Redis' clock by the clock of this machine. */
	toLocal(time: number): number {
		return time - this.#offsetMs;
	}

	async run(questions: readonly ScriptQuestion[]): Promise<BatchOutcome> {
		for (let tries = 0; tries < maxTries && this.#isReachable; tries += 1) {
			const outcome = await this.#withinTime(this.#evaluate(questions));
			if (outcome === undefined) {
				this.#drop(`no answer within ${answerMs} ms`);
				return "unknown";
			}
			if (outcome !== "late") return outcome;
		}
		return "not done";
	}

	close(): void {
		this.#isClosed = true;
		this.#redis.disconnect();
	}

	async #evaluate(questions: readonly ScriptQuestion[]): Promise<BatchOutcome | "late"> {
		try {
			const [now, ...answers] = await this.#runScript(Math.floor(this.now() + lateMs), JSON.stringify(questions));
			this.#offsetMs = now - Date.now();
			if (answers.length < questions.length) return "late";
			const refusal = answers.find((answer): answer is string => typeof answer === "string" && refusesAll(answer));
			if (refusal !== undefined) this.#drop(refusal);
			return { now, answers };
		} catch (error) {
			const message = messageOf(error);
			debug("%s", message);
			// A broken connection is reported by its listener, and a refusal by the answer.
			if (this.#redis.status !== "ready") return "unknown";
			const isReply = error instanceof Error && error.name === "ReplyError";
			if (isReply && !refusesAll(message)) return { now: this.now(), answers: questions.map(() => message) };
			this.#drop(message);
			return "not done";
		}
	}

	async #runScript(deadline: number, questions: string): Promise<[now: number, ...answers: QuestionAnswer[]]> {
		type Answers = Promise<[number, ...QuestionAnswer[]]>;
		try {
			return await (this.#redis.evalsha(scriptHash, 0, deadline, questions) as Answers);
		} catch (error) {
			if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
			return await (this.#redis.eval(script, 0, deadline, questions) as Answers);
		}
	}

	/** Undefined if it takes too long. */
	#withinTime<T>(promise: Promise<T>): Promise<T | undefined> {
		return new Promise((resolve) => {
			const timer = setTimeout(() => {
				// Where this process was busy, the answer may be there and not have been read.
				setImmediate(() => setImmediate(() => resolve(undefined)));
			}, answerMs);
			void promise.then((value) => {
				clearTimeout(timer);
				resolve(value);
			});
		});
	}

	/** A connection on which nothing comes is given up. */
	#watchStart(): void {
		const late = setTimeout(() => {
			if (!this.#isReachable) this.#drop("no answer");
		}, connectMs);
		this.#redis.once("ready", () => clearTimeout(late));
		this.#redis.once("close", () => clearTimeout(late));
	}

	async #prepare(): Promise<void> {
		const failure = (await this.#withinTime(this.#load())) ?? `no answer within ${answerMs} ms`;
		if (this.#isClosed) return;
		if (failure !== "") {
			this.#drop(failure);
			return;
		}
		const wasAway = this.#isKnown;
		this.#isReachable = true;
		this.#isKnown = false;
		this.#decided();
		if (wasAway) this.#events.found(this.#place);
	}

	/** @returns what went wrong, or nothing */
	async #load(): Promise<string> {
		try {
			await this.#redis.script("LOAD", script);
			// Not every server that answers takes what is written: a replica, or one without memory left.
			await this.#redis.set("llmw:probe", "1", "PX", 1_000);
			const [seconds = 0, microseconds = 0] = (await this.#redis.time()).map(Number);
			this.#offsetMs = seconds * 1000 + Math.floor(microseconds / 1000) - Date.now();
			return "";
		} catch (error) {
			return messageOf(error);
		}
	}

	/** Begins anew: what is under way on the connection is not waited for. */
	#drop(reason: string): void {
		if (this.#isClosed) return;
		this.#reason = reason;
		this.#lose();
		this.#redis.disconnect(true);
	}

	#lose(): void {
		if (this.#isClosed) return;
		this.#isReachable = false;
		if (this.#isKnown) return;
		this.#isKnown = true;
		this.#events.lost(this.#place, this.#reason);
		this.#reason = "the connection was closed";
		this.#decided();
	}
}

/** Loads the client, which gateways without Redis never do. */
export async function openRedisLink(url: string, events: RedisEvents): Promise<RedisLink> {
	const { Redis } = await import("ioredis");
	const redis = new Redis(url, {
		lazyConnect: true,
		connectionName: "llmw",
		connectTimeout: connectMs,
		enableOfflineQueue: false,
		// What may have been counted is not counted again.
		autoResendUnfulfilledCommands: false,
		maxRetriesPerRequest: 0,
		retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), maxReconnectMs),
	});
	const link = new RedisLink(redis, placeOf(url), events);
	await link.open();
	return link;
}

/** `redis.example:6379` */
function placeOf(url: string): string {
	const { hostname, port } = new URL(url);
	return `${hostname}:${port || 6379}`;
}
