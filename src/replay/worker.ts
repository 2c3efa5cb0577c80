/** A worker's half of answers that can be sent again: those it gives, and those of others that its clients want. */
import type { GatewayError } from "../errors/gatewayError.js";
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import { newId } from "../store/newId.js";
import type { AnswerLog } from "./answerLog.js";
import type { Ask } from "./ask.js";
import { lastEventHeader } from "./eventIds.js";
import { notKept, otherRequest } from "./failure.js";
import { canBeHad, FollowedAnswers } from "./followedAnswers.js";
import { LedAnswers } from "./ledAnswers.js";
import type { ReplayTopic } from "./messages.js";
import type { Successor } from "./successor.js";
import { Successors } from "./successors.js";

export type ClaimedAnswer =
	| { readonly kind: "lead"; readonly log: AnswerLog }
	| { readonly kind: "follow"; readonly log: AnswerLog }
	/** It has just ended without being kept, has grown too large to be given on, or can't be read. */
	| { readonly kind: "lost" }
	/** The key belongs to another request. */
	| { readonly kind: "conflict" };

/** A request under way that may come again, unlike others without a key. */
export interface Watched {
	readonly caller: string;
	fingerprint(): string;
	/** The log of its answer, from its beginning; undefined if some of that has been sent. */
	log(): AnswerLog | undefined;
}

export interface Replays {
	/** Whoever comes first with a key leads, and the others get the same answer, unless it is lost by then. */
	claim(ask: Ask, successor?: Successor): Promise<ClaimedAnswer>;
	/** An answer that its owner goes on with. @throws GatewayError 410 if there is none, or 422 if it is another request's */
	resume(id: string, ask: Ask, successor?: Successor): Promise<AnswerLog>;
	/** An answer by the name that it has beside its id; undefined if there is none. */
	named(name: string): Promise<AnswerLog | undefined>;
	/** An answer that this worker gives can also be had by this name. */
	name(log: AnswerLog, name: string): void;
	/** The answer to the same request of the same caller that is under way, or has just ended, in any worker. */
	find(caller: string, fingerprint: string): Promise<AnswerLog | undefined>;
	/** @returns a function that ends the watch */
	watch(watched: Watched): () => void;
	/** A log of an answer that isn't found by a key. */
	newLog(): AnswerLog;
	/** Keeps the log of a watched request for a while, since its client has gone. */
	linger(watched: Watched, log: AnswerLog): void;
	/** Leaves an answer that this worker gives to another one. */
	abandon(id: string): void;
	/** Resolves when no answer is under way, and all that is to be kept is written. */
	settled(): Promise<void>;
	/** Breaks off all answers that are under way. */
	giveUp(reason: GatewayError): void;
}

export interface WorkerReplay extends Replays, Required<Pick<WorkerHalf<ReplayTopic>, "receive" | "end">> {}

/** How long an answer whose client has gone waits for it, once it is whole, and how much of that there may be. */
const lingerMs = 60_000;
const maxLingeringBytes = 32 * 1024 * 1024;
/** A question to the primary about requests without a key isn't worth a longer wait. */
const searchMs = 3_000;

export function createWorkerReplay(
	primary: Pick<PrimaryPort<ReplayTopic>, "send" | "ask">,
	folder: string | undefined,
	complain: (line: string) => void,
): WorkerReplay {
	const { send, ask } = primary;
	const led = new LedAnswers(send, folder, complain);
	const followed = new FollowedAnswers(primary);
	const successors = new Successors(send, led);
	const watched = new Set<Watched>();
	const lingering = new Map<string, { log: AnswerLog; of: Watched; timer: NodeJS.Timeout }>();

	/** @returns undefined if nobody new can have it */
	async function follow(id: string, successor?: Successor): Promise<AnswerLog | undefined> {
		const own = led.logOf(id);
		if (own !== undefined) return canBeHad(own) ? own : undefined;
		const withdraw = successors.add(id, successor);
		const log = await followed.follow(id);
		if (log === undefined || log.ending !== undefined) withdraw();
		else log.listeners.push({ ended: withdraw });
		return log;
	}

	function lookUp(caller: string, fingerprint: string): AnswerLog | undefined {
		for (const { of, log } of lingering.values())
			if (of.caller === caller && of.fingerprint() === fingerprint && !log.isForgotten) return log;
		for (const one of watched)
			if (one.caller === caller && one.fingerprint() === fingerprint) {
				const log = one.log();
				if (log !== undefined && !log.isForgotten) return log;
			}
		return undefined;
	}

	function drop(id: string): void {
		clearTimeout(lingering.get(id)?.timer);
		lingering.delete(id);
		led.drop(id);
	}

	return {
		async claim(asked, successor) {
			const claim = await ask("claim", asked);
			if (claim.kind === "conflict") return { kind: "conflict" };
			if (claim.kind === "lead") return { kind: "lead", log: led.lead(claim.id, asked, claim.spool) };
			const log = await follow(claim.id, successor);
			return log === undefined ? { kind: "lost" } : { kind: "follow", log };
		},
		async resume(id, { owner, fingerprint }, successor) {
			const found = await ask("resume", { owner, id, fingerprint });
			if (found === "conflict") throw otherRequest(lastEventHeader);
			const log = found === undefined ? undefined : await follow(id, successor);
			if (log === undefined) throw notKept();
			return log;
		},
		async named(name) {
			const id = await ask("named", name);
			return id === undefined ? undefined : follow(id);
		},
		name: ({ id }, name) => send({ topic: "replay", kind: "named", id, name }),
		async find(caller, fingerprint) {
			const here = lookUp(caller, fingerprint);
			if (here !== undefined) return here;
			const id = await ask("find", { caller, fingerprint }, { timeoutMs: searchMs, otherwise: undefined });
			return id === undefined ? undefined : follow(id);
		},
		watch(one) {
			watched.add(one);
			return () => void watched.delete(one);
		},
		newLog: () => led.lead(newId("answer_", 24), undefined),
		linger(of, log) {
			if (log.ending?.failure !== undefined) return;
			let bytes = log.size;
			for (const other of lingering.values()) bytes += other.log.size;
			for (const id of lingering.keys()) {
				if (bytes <= maxLingeringBytes) break;
				bytes -= lingering.get(id)?.log.size ?? 0;
				drop(id);
			}
			if (bytes > maxLingeringBytes) return;
			const timer = setTimeout(() => drop(log.id), lingerMs).unref();
			lingering.set(log.id, { log, of, timer });
		},
		abandon: (id) => led.abandon(id),
		giveUp: (reason) => led.giveUp(reason),
		settled: () => led.settled(),
		// What comes from other workers comes by way of the primary.
		end: () => followed.end(),
		receive(message) {
			switch (message.kind) {
				case "seek": {
					const log = lookUp(message.caller, message.fingerprint);
					if (log !== undefined) led.add(log);
					send({ topic: "replay", kind: "found", search: message.search, id: log?.id });
					break;
				}
				case "spool":
					led.spool(message.id, message.path, true);
					break;
				case "continue":
					void successors.goOn(message.id, message.path);
					break;
				case "read": {
					const log = led.ownPartOf(message.id);
					if (log !== undefined) log.elsewhere = message;
					break;
				}
				case "grew":
					followed.grew(message.id, message.size);
					break;
				case "ended":
					followed.ended(message);
			}
		},
	};
}
