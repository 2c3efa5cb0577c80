/** Reserves what a request will use of each limit before an upstream is asked, and settles what it has actually used. */

import { usageOf, usageSoFar } from "../accounting/exchangeUsage.js";
import { millionthsOf } from "../accounting/price.js";
import { amountsOf, type Claiming, claimsOf } from "../admission/claims.js";
import { cutAtLimit } from "../admission/cutStream.js";
import { equalCallsInRow } from "../admission/equalCalls.js";
import { type AppliedLimit, createLimitTable, type EqualCallsLimit } from "../admission/limitTable.js";
import { isFinal, limitRefusal, loopRefusal } from "../admission/refusal.js";
import { sessionCharge } from "../admission/sessionCharge.js";
import { setStandings } from "../admission/standingHeaders.js";
import { costOf, createTokenNeeds, type TokenNeed, type TokenNeeds, targetsOf } from "../admission/tokenNeed.js";
import { createGate, type LimitedUpstreams, limitedUpstreams } from "../admission/upstreamGate.js";
import type { UsedUnits } from "../chat/usedUnits.js";
import { answersWithText } from "../dialects/answersWithText.js";
import { clientGone } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import { clientKey } from "../limits/clientKey.js";
import type { Decision, ReserveRequest, Standing } from "../limits/ledger.js";
import { idleRecorder } from "../metrics/metricRecorder.js";
import { type LimitSettings, limitsAnything, noLimits } from "../settings/limitSettings.js";
import type { Route } from "../settings/routes.js";
import { defineLink, type GatewayContext, type GatewayMiddleware, type GatewayServices } from "./link.js";

export const limits = defineLink({
	name: "limits",
	stage: "upstream",
	middleware: (gateway): GatewayMiddleware => {
		const { settings, contract } = gateway;
		const table = createLimitTable(settings.limits);
		const limited = limitedUpstreams(settings.routing.upstreams);
		const isForAll =
			limited !== undefined ||
			contract.operations.some((operation) => operation.limits !== undefined) ||
			limitsAnything(settings.limits);
		const reserver = new Reserver(gateway);
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const { caller, operation, model, route, facts, call } = exchange;
			// What no limit knows of may be resolved later.
			exchange.isAdmitted = operation?.dialect?.usesTokens !== false;
			if (!isForAll && caller?.limits === undefined) return next();
			if (operation?.usage !== "limited") return next();
			if (operation.dialect?.usesTokens === false || call !== undefined) return next();
			const client = () => clientKey(exchange.clientAddress);
			const asker = { caller, operation, model, client, facts };
			const equal = table.equalCalls(asker);
			if (equal !== undefined) reserver.stopLoop(exchange, equal);
			const applied = table.of(asker);
			if (operation.upstreamPath === undefined) return reserver.passServed(ctx, applied, next);
			if (exchange.cached !== undefined) return reserver.passCached(ctx, applied, next);
			const hosts = limited && hostsOf(limited, route);
			if (applied.length === 0 && hosts === undefined) return next();
			const units = exchange.body && operation.dialect?.unitsOf?.(exchange.body.json, undefined);
			return reserver.pass(ctx, { applied, route, model, units, hosts }, next);
		};
	},
});

/** The limits that concern one request. */
interface Limited {
	readonly applied: readonly AppliedLimit[];
	readonly route: Route | undefined;
	readonly model: string | undefined;
	/** What it uses besides tokens. */
	readonly units: UsedUnits | undefined;
	/** The limits of upstreams that it may go to; undefined if none of them has any. */
	readonly hosts: LimitedUpstreams | undefined;
}

function hostsOf(limited: LimitedUpstreams, route: Route | undefined): LimitedUpstreams | undefined {
	const isLimited = route !== undefined && targetsOf(route).some(({ upstream }) => limited.has(upstream));
	return isLimited ? limited : undefined;
}

interface Held {
	readonly hold: number;
	/** When the time of its session is over, in milliseconds since the epoch; undefined if it has no end. */
	readonly timeEndsAt: number | undefined;
}

function endOfTime(
	limits: readonly AppliedLimit[],
	standings: readonly Standing[] | undefined,
	now: number,
): number | undefined {
	let end: number | undefined;
	for (const [index, { limit }] of limits.entries())
		if (limit.metric === "time" && standings !== undefined)
			end = Math.min(end ?? Number.POSITIVE_INFINITY, now + (standings[index]?.remaining ?? 0) * 1000);
	return end;
}

const noNeed: TokenNeed = { input: 0, output: 0, likelyOutput: 0, estimated: undefined };
/** Lines of batches wait until nobody else does: keys have -100 at the least. */
const lowestPriority = -1_000;
/** Most models that the log names as having no price. */
const mostTold = 20;

class Reserver {
	readonly #gateway: GatewayServices;
	readonly #needs: TokenNeeds;
	readonly #limits: LimitSettings;
	/** A stream that says more than it has reserved asks for more, or is cut. */
	readonly #mayCut: boolean;
	readonly #unpriced = new Set<string>();

	constructor(gateway: GatewayServices) {
		this.#gateway = gateway;
		this.#limits = gateway.settings.limits;
		this.#mayCut = this.#limits.onExceeded !== noLimits.onExceeded;
		this.#needs = createTokenNeeds(gateway.settings.routing);
	}

	async pass(ctx: GatewayContext, limited: Limited, next: () => Promise<unknown>): Promise<void> {
		const { exchange } = ctx.state;
		// How long a session will last, nobody knows: it is charged as it goes on.
		const isSession = exchange.operation?.dialect?.session !== undefined;
		const counts = countsTokens(limited);
		let need = counts && !isSession ? this.#needs.of(exchange, limited.route) : noNeed;
		if (need instanceof Promise) need = await need;
		if (exchange.isClosed) throw clientGone();
		if (need !== noNeed) exchange.promptTokens = need.input;
		const claiming = this.#claim(limited, need);
		const held = claiming.claims.length === 0 ? undefined : await this.#hold(ctx, claiming);
		if (isSession && counts && held !== undefined) exchange.charge = this.#charging(exchange, claiming, held.hold);
		const needed = need;
		exchange.onOver(() => this.#over(exchange, claiming, held?.hold, needed));
		if (limited.hosts) {
			const { ledger, prices } = this.#gateway;
			const usages = () => usageOf(exchange, prices).attempts;
			exchange.gate = createGate(limited.hosts, exchange, need, { ledger, recorder: this.#recorder, usages });
		}
		await next();
		if (held !== undefined) this.#follow(exchange, limited, { claiming, held, need });
	}

	#charging(exchange: Exchange, { claims }: Claiming, hold: number): Exchange["charge"] {
		const { ledger, prices } = this.#gateway;
		return sessionCharge({
			ledger,
			hold,
			claims,
			used() {
				const { tokens, cost = 0 } = usageSoFar(exchange, prices);
				return { tokens: tokens === undefined ? 0 : tokens.input + tokens.output, cost: millionthsOf(cost) };
			},
			told: () => this.#recorder.add("limits", ["session", "cut"]),
		});
	}

	/** An answer of the cache is a request, and uses nothing else. */
	passCached(ctx: GatewayContext, all: readonly AppliedLimit[], next: () => Promise<unknown>): Promise<void> {
		return this.passServed(
			ctx,
			all.filter(({ limit }) => limit.metric === "requests"),
			next,
		);
	}

	/** What the gateway does itself is a request, uses no tokens and costs nothing, but tokens and money have to be left. */
	async passServed(ctx: GatewayContext, applied: readonly AppliedLimit[], next: () => Promise<unknown>): Promise<void> {
		if (applied.length > 0) {
			const { exchange } = ctx.state;
			const claiming = claimsOf(applied, { input: 0, output: 0, cost: () => 0 });
			const { hold } = await this.#hold(ctx, claiming);
			const used = { requests: 1, tokens: 0, cost: 0, concurrency: 0, time: 0 };
			exchange.onOver(() => this.#gateway.ledger.settle(hold, amountsOf(claiming.claims, used)));
		}
		await next();
	}

	/** @throws GatewayError 400 if the agent has called the same tools too often in a row */
	stopLoop({ body, tags }: Exchange, limit: EqualCallsLimit): void {
		const repeated = body && equalCallsInRow(body.json, limit.max);
		if (repeated === undefined || repeated.turns < limit.max) return;
		this.#recorder.add("limits", [limit.label, "refused"]);
		tags.limit = limit.label;
		throw loopRefusal(limit, repeated.tools);
	}

	get #recorder() {
		return this.#gateway.metrics?.recorder ?? idleRecorder;
	}

	#claim({ applied, route, model, units }: Limited, { input, output, likelyOutput }: TokenNeed): Claiming {
		const { prices } = this.#gateway;
		const cost = (prompt: number, answer: number) =>
			costOf({ input: prompt, output: answer }, route, prices, model, units);
		const claiming = claimsOf(applied, { input, output, likelyOutput, cost });
		if (claiming.isUnpriced && route !== undefined) this.#tellUnpriced(model ?? "");
		return claiming;
	}

	#tellUnpriced(model: string): void {
		if (this.#unpriced.has(model) || this.#unpriced.size >= mostTold) return;
		this.#unpriced.add(model);
		this.#gateway.complain(`budgets don't count the model ${JSON.stringify(model)}, of which no price is known`);
	}

	/** @throws GatewayError 429, 400 if its session may use no more */
	async #hold(ctx: GatewayContext, { limits, claims }: Claiming): Promise<Held> {
		const { exchange } = ctx.state;
		const { maxWaitMs } = this.#limits;
		const startedMs = performance.now();
		const priority = exchange.partOf?.batch === undefined ? (exchange.caller?.priority ?? 0) : lowestPriority;
		const decision = await this.#reserve(exchange, {
			claims,
			priority,
			maxWaitMs,
			mayExtend: this.#mayCut || exchange.operation?.dialect?.session !== undefined,
		});
		if (maxWaitMs > 0) this.#recorder.observe("limitWaitSeconds", [], (performance.now() - startedMs) / 1000);
		const now = Date.now();
		if (decision.standings) setStandings(ctx.res, limits, decision.standings, now);
		if (!decision.isGranted) {
			const applied = limits[decision.claim] as AppliedLimit;
			this.#recorder.add("limits", [applied.label, decision.isImpossible ? "too_large" : "refused"]);
			exchange.tags.limit = applied.label;
			throw limitRefusal(applied, claims[decision.claim] as Claiming["claims"][number], decision, now);
		}
		for (const { label, isForOversized } of limits)
			if (isForOversized === undefined) this.#recorder.add("limits", [label, "allowed"]);
		return { hold: decision.hold, timeEndsAt: endOfTime(limits, decision.standings, now) };
	}

	#reserve(exchange: Exchange, request: ReserveRequest): Promise<Decision> {
		return request.maxWaitMs === 0 ? this.#gateway.ledger.reserve(request) : this.#reserveInTime(exchange, request);
	}

	/** A request does not wait for capacity that will not be free in time. */
	async #reserveInTime(exchange: Exchange, request: ReserveRequest): Promise<Decision> {
		const { ledger } = this.#gateway;
		const decision = await ledger.reserve({ ...request, maxWaitMs: 0 });
		if (decision.isGranted || decision.isImpossible) return decision;
		if (decision.retryAt !== undefined && decision.retryAt > Date.now() + request.maxWaitMs) return decision;
		if (isFinal(request.claims[decision.claim]?.limit, decision)) return decision;
		const leaving = new AbortController();
		exchange.onClose(() => leaving.abort(clientGone()));
		return ledger.reserve(request, leaving.signal);
	}

	/** The response is closed: what was used counts, and nothing else. */
	#over(exchange: Exchange, { claims }: Claiming, held: number | undefined, need: TokenNeed): void {
		const { ledger, prices } = this.#gateway;
		const usage = usageOf(exchange, prices);
		if (need !== noNeed) this.#needs.learn(exchange, need, usage);
		if (held === undefined) return;
		const { tokens, cost = 0 } = usage;
		const used = {
			requests: exchange.attempts.length > 0 ? 1 : 0,
			tokens: tokens === undefined ? 0 : tokens.input + tokens.output,
			cost: millionthsOf(cost),
			concurrency: 0,
			time: 0,
		};
		ledger.settle(held, amountsOf(claims, used));
	}

	/** Where streams are cut, one is that says more than is reserved, whatever was asked for. */
	#follow(
		exchange: Exchange,
		{ route, model }: Limited,
		{ claiming: { limits, claims, output }, held, need }: { claiming: Claiming; held: Held; need: TokenNeed },
	): void {
		const { answer } = exchange;
		const { ledger, prices } = this.#gateway;
		if (answer === undefined) return;
		withoutHosts(answer.headers, limits);
		const { hold, timeEndsAt } = held;
		if (!this.#mayCut || (need === noNeed && timeEndsAt === undefined) || !answer.isStream) return;
		if (!answersWithText(exchange.operation?.dialect)) return;
		cutAtLimit({
			exchange,
			answer,
			input: need === noNeed ? Math.ceil(exchange.facts?.promptTokens ?? 0) : need.input,
			reserved: need === noNeed ? Number.POSITIVE_INFINITY : output,
			isAllReserved: output >= need.output,
			timeEndsAt,
			extend: (tokens) => {
				const cost = costOf({ input: 0, output: tokens }, route, prices, model) ?? 0;
				return ledger.extend(hold, amountsOf(claims, { requests: 0, tokens, cost, concurrency: 0, time: 0 }));
			},
			told: () => this.#recorder.add("limits", ["stream", "cut"]),
		});
	}
}

function countsTokens({ applied, hosts }: Limited): boolean {
	const isCounted = ({ limit }: AppliedLimit) => limit.metric === "tokens" || limit.metric === "cost";
	return (
		applied.some(isCounted) || (hosts !== undefined && [...hosts.values()].some((limits) => limits.some(isCounted)))
	);
}

const tokenHeaders = ["limit", "remaining", "reset"].map((what) => `x-ratelimit-${what}-tokens`);

/** An upstream's token limits concern the gateway, not the client, if the client has token limits itself. */
function withoutHosts(headers: Record<string, string>, limits: readonly AppliedLimit[]): void {
	if (!limits.some(({ limit }) => limit.metric === "tokens")) return;
	// V8 turns an object that something is deleted from into a slow one.
	for (const name of tokenHeaders) if (name in headers) delete headers[name];
}
