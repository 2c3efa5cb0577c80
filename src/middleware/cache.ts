/** Gives the answer of an equal request where the route keeps answers, and keeps the one that is made. */
import { usageSoFar } from "../accounting/exchangeUsage.js";
import type { Asked } from "../cache/asked.js";
import { type Bypass, type CacheStatus, cacheStatus, cacheStatusHeader } from "../cache/cacheStatus.js";
import { bypassOf, hasCachedAnswers } from "../cache/caching.js";
import { followFlight, leadFlight } from "../cache/flight.js";
import { entryOf, mayBeKept } from "../cache/keepAnswer.js";
import { type Found, lookUp } from "../cache/lookUp.js";
import { digest, questionOf } from "../cache/question.js";
import { recordAnswer } from "../cache/recordAnswer.js";
import { type RouteFacts, routeFacts } from "../cache/routeFacts.js";
import { type Compared, compare } from "../cache/semantic.js";
import { readWish } from "../cache/wish.js";
import { clientGone, GatewayError } from "../errors/gatewayError.js";
import type { CachedAnswer } from "../exchange/exchange.js";
import { idleRecorder } from "../metrics/metricRecorder.js";
import type { AnswerLog } from "../replay/answerLog.js";
import { lost } from "../replay/failure.js";
import type { CacheSettings, Route } from "../settings/routes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const cache = defineLink({
	name: "cache",
	stage: "upstream",
	middleware: (gateway) => {
		const keeper = new Keeper(gateway);
		return (ctx, next) => {
			const { operation, route, body } = ctx.state.exchange;
			if (route?.cache === undefined || body === undefined || operation?.dialect === undefined) return next();
			if (!hasCachedAnswers(operation.id)) return next();
			return keeper.pass(ctx, { route, settings: route.cache, dialect: operation.dialect, json: body.json }, next);
		};
	},
});

type Next = () => Promise<unknown>;

interface Request extends Pick<Asked, "settings" | "dialect" | "json"> {
	readonly route: Route;
}

/** An answer is to be made: with the log that others get it from, if any do. */
interface Making {
	readonly status: "miss" | "request";
	readonly log: AnswerLog | undefined;
	/** Undefined if it was not compared with others. */
	readonly compared?: Compared | undefined;
}

/** How often a request waits for an answer that others wait for, too. */
const maxTurns = 3;

class Keeper {
	readonly #gateway: GatewayServices;
	readonly #contractVersion: string;
	readonly #facts = new Map<Route, RouteFacts>();

	constructor(gateway: GatewayServices) {
		this.#gateway = gateway;
		this.#contractVersion = digest([JSON.stringify(gateway.contract.document)]);
	}

	async pass(ctx: GatewayContext, { route, ...request }: Request, next: Next): Promise<void> {
		const { exchange } = ctx.state;
		const wish = readWish(ctx.req.headers);
		const { settings, dialect, json } = request;
		const question =
			bypassOf(dialect, json, wish, settings) ??
			questionOf({
				exchange,
				dialect,
				json,
				search: ctx.search,
				facts: this.#factsOf(route, settings),
				contractVersion: this.#contractVersion,
			});
		if (typeof question === "string") {
			if (wish.isOnlyIfCached) throw notCached(ctx);
			return this.#bypass(ctx, question, next);
		}
		const asked = { exchange, wish, question, message: ctx.req, ...request };
		const found = await this.#findOrMake(ctx, asked);
		if ("answer" in found) await this.#give(ctx, found, next);
		else await this.#make(ctx, asked, found, next);
	}

	#factsOf(route: Route, settings: CacheSettings): RouteFacts {
		const facts = this.#facts.get(route) ?? routeFacts(route, settings, this.#gateway.upstreams);
		this.#facts.set(route, facts);
		return facts;
	}

	async #bypass(ctx: GatewayContext, reason: Bypass, next: Next): Promise<void> {
		this.#tell(ctx, { kind: "bypass", reason });
		this.#count(ctx, "bypass");
		await next();
	}

	/** @throws GatewayError 504 if the request takes a kept answer alone, and there is none */
	async #findOrMake(ctx: GatewayContext, asked: Asked): Promise<CachedAnswer | Making> {
		const { cache, replays } = this.#gateway;
		const { exchange, question, wish } = asked;
		const { dialect: name, isStream, variant } = question.form;
		// What is under way has one form, and where something else is made of events, that is none that can be given on.
		const mayShare = !wish.isAnew && !(isStream && exchange.framing !== undefined);
		const key = digest(["flight", question.key, name, String(isStream), variant]);
		for (let turn = 1; ; turn += 1) {
			const found = await lookUp(cache, asked);
			if (typeof found === "object") return found;
			if (wish.isOnlyIfCached) throw notCached(ctx);
			if (!mayShare || turn > maxTurns) return { status: found, log: undefined };
			const claimed = await replays.claim({ owner: "cache", key, fingerprint: key, isFleeting: true });
			if (claimed.kind === "lead") return this.#lead(asked, found, claimed.log);
			if (claimed.kind !== "follow") continue;
			const answer = await followFlight(exchange, claimed.log, turn === maxTurns);
			if (answer !== undefined) return collapsed(answer, found);
		}
	}

	/** Whoever made the answer before may have kept it since. */
	async #lead(asked: Asked, status: Exclude<Found, CachedAnswer>, log: AnswerLog): Promise<CachedAnswer | Making> {
		try {
			if (asked.exchange.isClosed) throw clientGone();
			const found = await lookUp(this.#gateway.cache, asked, true);
			if (typeof found === "object") {
				log.end(lost());
				return found;
			}
			const compared = await compare(this.#gateway.cache, this.#gateway.inner.accept, asked);
			if (compared?.found !== undefined) {
				log.end(lost());
				return compared.found;
			}
			return { status, log, compared };
		} catch (thrown) {
			log.end(lost());
			throw thrown;
		}
	}

	async #give(ctx: GatewayContext, cached: CachedAnswer, next: Next): Promise<void> {
		const { exchange } = ctx.state;
		exchange.cached = cached;
		try {
			if (exchange.isClosed) throw clientGone();
			await next();
			this.#count(ctx, cached.kind === "exact" ? "hit" : cached.kind);
		} catch (thrown) {
			cached.answer.cancel(clientGone());
			throw thrown;
		}
	}

	async #make(ctx: GatewayContext, asked: Asked, { status: kind, log, compared }: Making, next: Next): Promise<void> {
		const { exchange } = asked;
		const similarity = compared?.similarity;
		const lead = log && leadFlight(exchange, log);
		this.#tell(ctx, { kind, similarity });
		this.#count(ctx, "miss");
		if (exchange.isClosed) {
			lead?.fail();
			throw clientGone();
		}
		await next();
		const { answer } = exchange;
		if (answer === undefined || ctx.body !== undefined) return;
		if (mayBeKept(answer))
			recordAnswer(answer, (body) => {
				const isStored = this.#keep(asked, answer, body, compared);
				if (!answer.isStream && isStored)
					answer.headers[cacheStatusHeader] = cacheStatus({ kind, similarity, isStored });
			});
		if (lead === undefined) return;
		lead.recordAsMade(answer);
		const before = exchange.beforeDelivery;
		exchange.beforeDelivery = (delivered) => {
			before?.(delivered);
			// Another one is sent in its place.
			if (delivered !== answer) lead.fail();
		};
	}

	/** @returns whether the answer is kept */
	#keep(asked: Asked, answer: ResponseStream, body: Buffer, compared: Compared | undefined): boolean {
		const { cache, prices, metrics } = this.#gateway;
		const { exchange } = asked;
		const entry = entryOf(asked, answer, body, usageSoFar(exchange, prices));
		if (entry === undefined) return false;
		cache.put(entry);
		if (compared !== undefined) cache.learn(compared.group, compared.vector, entry);
		metrics?.recorder.add("cacheStored", [exchange.route?.name ?? ""]);
		return true;
	}

	#tell(ctx: GatewayContext, status: CacheStatus): void {
		ctx.set(cacheStatusHeader, cacheStatus(status));
	}

	#count({ state: { exchange } }: GatewayContext, result: string): void {
		const recorder = this.#gateway.metrics?.recorder ?? idleRecorder;
		recorder.add("cacheRequests", [exchange.route?.name ?? "", result]);
	}
}

/** An answer that is under way for somebody else. */
function collapsed(answer: ResponseStream, kind: "miss" | "request"): CachedAnswer {
	answer.headers[cacheStatusHeader] = cacheStatus({ kind, isCollapsed: true });
	return { kind: "collapsed", answer, saved: undefined, model: undefined, isGiven: false };
}

/** RFC 9111 §5.2.1.7 */
function notCached(ctx: GatewayContext): GatewayError {
	ctx.set(cacheStatusHeader, cacheStatus({ kind: "only-if-cached" }));
	return new GatewayError(504, "No answer to this request is kept, and the request takes no other (only-if-cached).", {
		code: "not_cached",
		headers: { "x-should-retry": "false" },
	});
}
