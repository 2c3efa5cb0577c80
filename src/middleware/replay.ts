/**
 * One generation for a request that comes again: whoever brings an `Idempotency-Key` a second time, comes back with a `Last-Event-ID`,
 * or repeats a request as SDKs do by themselves, gets the answer that is under way or has been given.
 */
import { clientGone } from "../errors/gatewayError.js";
import type { OwnTask } from "../exchange/ownTask.js";
import { idleRecorder } from "../metrics/metricRecorder.js";
import type { AnswerLog } from "../replay/answerLog.js";
import type { Ask } from "../replay/ask.js";
import { type EventId, EventSeeker, isEventStream, numberEvents } from "../replay/eventIds.js";
import { isLost, lost, otherRequest } from "../replay/failure.js";
import { Lead } from "../replay/lead.js";
import { callerHash, fingerprintOf, keyHash, keyHeader, nameHash, type Sign, signOf } from "../replay/repeatable.js";
import { nameAfterId } from "../replay/responseEvents.js";
import { type Successor, successorOf } from "../replay/successor.js";
import type { Watched } from "../replay/worker.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

/** Says that an answer is not the request's own: it is another's that is under way, or one that is kept. */
const replayHeader = "x-llmgw-replay";

export const replay = defineLink({
	name: "replay",
	stage: "upstream",
	middleware: (gateway) => {
		const replayer = new Replayer(gateway);
		// Only responses in the background are followed then.
		const isOff = gateway.settings.answerAgeMs === 0;
		return (ctx, next) => {
			const { operation, body, form, route, facts, task } = ctx.state.exchange;
			if (operation?.upstreamPath === undefined || !operation.takesBody || body === undefined) return next();
			// Another offer is another call.
			if (operation.dialect?.session !== undefined) return next();
			if (task !== undefined) return replayer.kept(ctx, signOfTask(task), next);
			// Files that are not in memory are not compared.
			if (isOff || (form !== undefined && form.contents === undefined)) return next();
			const sign = signOf(ctx.req.headers, facts?.isStream ?? false, route?.isResumable ?? false);
			if (sign === undefined) return next();
			return sign.kind === "kept" ? replayer.kept(ctx, sign, next) : replayer.watched(ctx, sign, next);
		};
	},
});

/** How often a request waits for the answer of another that is lost. */
const maxTurns = 3;

/** SDKs pause for 8 seconds at most before they repeat a request. */
const maxSdkPauseMs = 10_000;

type Next = () => Promise<unknown>;
/** How a request was known: for metrics. */
type By = "key" | "event" | "retry";

class Replayer {
	readonly #gateway: GatewayServices;

	constructor(gateway: GatewayServices) {
		this.#gateway = gateway;
	}

	/** The answer is kept, for a request with the same key, and for one that goes on with its events. */
	async kept(ctx: GatewayContext, sign: Extract<Sign, { kind: "kept" }>, next: Next): Promise<void> {
		const { exchange } = ctx.state;
		const { replays } = this.#gateway;
		const { lastEvent } = sign;
		const owner = callerHash(exchange);
		const key = sign.key === undefined ? undefined : keyHash(owner, sign.key);
		const { task } = exchange;
		const fingerprint = task?.id ?? fingerprintOf(exchange, targetOf(ctx), "");
		const ask = { owner, key, fingerprint, isTakenOver: task?.isTakenOver ?? false };
		// Whoever runs a task is its client to the end.
		const graceMs = task === undefined ? this.#graceMs(ctx) : 0;
		const successor = successorOf(ctx, ask, { next, graceMs, hasIds: sign.isResumable || lastEvent !== undefined });
		if (lastEvent !== undefined) {
			await this.#follow(ctx, await replays.resume(lastEvent.answer, ask, successor), "event", lastEvent);
			return;
		}
		const log = await this.#leadOrFollow(ctx, ask, successor);
		if (log === undefined) return;
		if (task !== undefined) replays.name(log, nameHash(owner, task.id));
		const lead = new Lead(exchange, log, graceMs);
		if (successor.hasTried) {
			lead.fail();
			throw lost();
		}
		if (exchange.isClosed) {
			lead.fail();
			throw clientGone();
		}
		exchange.afterlife = lead;
		await next();
		beforeDelivery(ctx, (answer) => {
			if (sign.isResumable && answer.isStream && isEventStream(answer)) answer.transforms.push(numberEvents(log.id));
			if (exchange.operation?.id === "createResponse" && task === undefined)
				nameAfterId(answer, (id) => replays.name(log, nameHash(owner, id)));
			lead.record(answer);
		});
	}

	/** @returns the log of an answer to be made; undefined if the request has got another's */
	async #leadOrFollow(ctx: GatewayContext, ask: Ask, successor: Successor): Promise<AnswerLog | undefined> {
		const { replays } = this.#gateway;
		for (let turn = 1; turn <= maxTurns; turn += 1) {
			const claimed = await replays.claim(ask, successor);
			if (claimed.kind === "conflict") throw otherRequest(keyHeader);
			if (claimed.kind !== "lost") ctx.state.exchange.task?.shared(claimed.log.id);
			if (claimed.kind === "lead") return claimed.log;
			if (claimed.kind === "follow" && (await this.#hasFollowed(ctx, claimed.log))) return undefined;
		}
		// It can't be shared, as when there is no room for it.
		return replays.newLog();
	}

	/** @returns false if the answer was lost before anything of it was sent */
	async #hasFollowed(ctx: GatewayContext, log: AnswerLog): Promise<boolean> {
		const { exchange } = ctx.state;
		try {
			await this.#follow(ctx, log, "key");
			return true;
		} catch (thrown) {
			if (!isLost(thrown) || exchange.isClosed) throw thrown;
			exchange.isReplay = false;
			exchange.answer = undefined;
			exchange.beforeDelivery = undefined;
			return false;
		}
	}

	/** Without a key the answer is shared only until the first byte of it is sent: SDKs don't repeat a request after that. */
	async watched(
		ctx: GatewayContext,
		{ isRepeat, mark }: Extract<Sign, { kind: "watched" }>,
		next: Next,
	): Promise<void> {
		const { exchange } = ctx.state;
		const { replays } = this.#gateway;
		const request = new WatchedRequest(ctx, mark, () => {
			const graceMs = Math.min(this.#graceMs(ctx), maxSdkPauseMs);
			return new Lead(exchange, replays.newLog(), graceMs);
		});
		if (isRepeat) {
			const log = await replays.find(request.caller, request.fingerprint());
			if (log !== undefined) {
				await this.#follow(ctx, log, "retry");
				return;
			}
			if (exchange.isClosed) throw clientGone();
		}
		exchange.onClose(replays.watch(request));
		exchange.afterlife = {
			get isShared() {
				return request.lead?.isShared ?? false;
			},
			leave(isHeadSent) {
				const lead = isHeadSent ? request.lead : request.share();
				if (!lead?.leave()) return false;
				lead.log.listeners.push({ ended: () => replays.linger(request, lead.log) });
				return true;
			},
			fail: (error) => request.lead?.fail(error),
		};
		await next();
		beforeDelivery(ctx, (answer) => {
			request.hasUnwound = true;
			request.lead?.record(answer);
		});
	}

	async #follow(ctx: GatewayContext, log: AnswerLog, by: By, after?: EventId): Promise<void> {
		const { exchange } = ctx.state;
		exchange.isReplay = true;
		const kind = log.isGiven ? "replayed" : "attached";
		const recorder = this.#gateway.metrics?.recorder ?? idleRecorder;
		recorder.add("replays", [by, kind]);
		const answer = log.read(after && new EventSeeker(after));
		answer.dialect = exchange.operation?.dialect;
		exchange.answer = answer;
		beforeDelivery(ctx, (delivered) => {
			// Its first client's answer went through all that changes answers.
			if (delivered === answer) answer.transforms.length = 0;
		});
		if (exchange.isClosed) answer.cancel(clientGone());
		await answer.started;
		if (answer.isStream && !isEventStream(answer)) exchange.framing?.follow(answer);
		answer.headers[replayHeader] = kind;
	}

	#graceMs({ state: { exchange } }: GatewayContext): number {
		return exchange.route?.graceMs ?? this.#gateway.settings.graceMs;
	}
}

/** A request without a key that its client may repeat. Nothing is worked out or noted before that happens. */
class WatchedRequest implements Watched {
	lead: Lead | undefined;
	/** Its answer is on its way to the client. */
	hasUnwound = false;
	readonly #ctx: GatewayContext;
	readonly #mark: string;
	readonly #createLead: () => Lead;
	#caller: string | undefined;
	#fingerprint: string | undefined;

	constructor(ctx: GatewayContext, mark: string, createLead: () => Lead) {
		this.#ctx = ctx;
		this.#mark = mark;
		this.#createLead = createLead;
	}

	get caller(): string {
		this.#caller ??= callerHash(this.#ctx.state.exchange);
		return this.#caller;
	}

	fingerprint(): string {
		this.#fingerprint ??= fingerprintOf(this.#ctx.state.exchange, targetOf(this.#ctx), this.#mark);
		return this.#fingerprint;
	}

	log(): AnswerLog | undefined {
		return this.share()?.log;
	}

	share(): Lead | undefined {
		const { res, state } = this.#ctx;
		if (this.lead !== undefined || res.headersSent || state.exchange.isClosed) return this.lead;
		this.lead = this.#createLead();
		const { answer } = state.exchange;
		if (this.hasUnwound && answer !== undefined) this.lead.record(answer);
		return this.lead;
	}
}

function signOfTask({ id, turn }: OwnTask): Extract<Sign, { kind: "kept" }> {
	return { kind: "kept", key: `${id}-${turn}`, isResumable: false, lastEvent: undefined };
}

/** Calls this with the answer when nothing else changes it any more. */
function beforeDelivery({ state: { exchange } }: GatewayContext, act: (answer: ResponseStream) => void): void {
	const before = exchange.beforeDelivery;
	exchange.beforeDelivery = (answer) => {
		before?.(answer);
		act(answer);
	};
}

/** The same target with the query that the client sent. */
function targetOf({ path, search }: GatewayContext): string {
	return path + search;
}
