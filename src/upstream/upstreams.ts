/** All upstreams of a gateway: their connections, and what is known of each when a request has to be sent somewhere. */
import type { GatewayError } from "../errors/gatewayError.js";
import type { Route, Routing, Target, TargetGroup, UpstreamSettings } from "../settings/routes.js";
import { noModel, sentModel } from "../settings/sentModel.js";
import { type HostComplaints, upstreamComplaints } from "./complaints.js";
import type { Fault } from "./fault.js";
import type { BreakerState, UpstreamStates } from "./health/states.js";
import type { RequestFacts } from "./routing/facts.js";
import { PeakEwma } from "./routing/latency.js";
import { LatencyQuantile } from "./routing/quantile.js";
import { Rests } from "./routing/rests.js";
import { RetryBudget } from "./routing/retryBudget.js";
import { createRouteTable, type RouteTable } from "./routing/routeTable.js";
import type { TargetView } from "./routing/targetView.js";
import { Upstream } from "./upstream.js";

/** Hedges and retries that are always allowed, however few requests there are. */
const leastPerSecond = 5;

/** One route's. Whole answers come later than the first output of streams. */
interface Hedges {
	budget: RetryBudget;
	streams: LatencyQuantile;
	whole: LatencyQuantile;
}

const now = () => performance.now();

export class Upstreams {
	readonly routes: RouteTable;
	readonly states: UpstreamStates;
	readonly view: TargetView;
	readonly #upstreams: ReadonlyMap<string, Upstream>;
	readonly #latencies = new Map<string, PeakEwma>();
	readonly #rests = new Rests();
	readonly #retries = new Map<string, RetryBudget>();
	readonly #refusingUsage = new Set<string>();
	readonly #hedges = new Map<Route, Hedges>();
	readonly #complaints: HostComplaints;
	readonly #isOnly: boolean;
	readonly #turns = new WeakMap<TargetGroup, number>();

	/** @param complain takes a line for the operator */
	constructor(routing: Routing, states: UpstreamStates, complain: (line: string) => void) {
		this.#complaints = upstreamComplaints(complain);
		this.#isOnly = routing.upstreams.length === 1;
		this.routes = createRouteTable(routing);
		this.states = states;
		this.#upstreams = new Map(routing.upstreams.map((settings) => [settings.name, new Upstream(settings)]));
		this.view = {
			inFlight: ({ upstream }) => states.of(upstream).inFlight,
			latencyMs: ({ name }) => this.#latencies.get(name)?.value(performance.now()),
			isAvailable: (target, facts) => (this.#isAvailable(target, facts) ? "yes" : "later"),
			nextTurn: (group) => {
				const turn = this.#turns.get(group) ?? 0;
				this.#turns.set(group, turn + 1);
				return turn;
			},
		};
	}

	/** The upstreams, by their names. */
	get all(): ReadonlyMap<string, Upstream> {
		return this.#upstreams;
	}

	/** @throws Error when there is none, which the configuration has made sure of */
	of({ upstream }: Pick<Target, "upstream">): Upstream {
		const found = this.#upstreams.get(upstream);
		if (found === undefined) throw new Error(`there is no upstream ${upstream}`);
		return found;
	}

	/** A target showed its first output, this many milliseconds after it was asked. */
	noteLatency(route: Route, target: Target, ms: number, isStream: boolean): void {
		const latency = this.#latencies.get(target.name) ?? new PeakEwma();
		this.#latencies.set(target.name, latency);
		latency.observe(ms, performance.now());
		this.#hedges.get(route)?.[isStream ? "streams" : "whole"].add(ms);
	}

	/** An attempt has failed, whatever comes of the request. A model that asks to be left alone comes after others until then. */
	noteFault(target: Target, facts: RequestFacts, fault: Fault): void {
		// A limit of one client's own subscription is none of the others'.
		const isClientsOwn = fault.kind === "rate_limited" && this.of(target).settings.passthroughAuth;
		if (fault.retryAfterMs !== undefined && fault.retryAfterMs > 0 && !isClientsOwn)
			this.#rests.add(target.name, sentModel(target, facts.model) ?? noModel, performance.now() + fault.retryAfterMs);
		this.#complaints.ofFault(this.#nameForOperators(target), fault);
	}

	/** The upstream's token counts can't be true. */
	noteMiscounted(target: Target, usage: unknown): void {
		this.#complaints.ofUsage(this.#nameForOperators(target), usage);
	}

	#nameForOperators(target: Target): string {
		const { name, url } = this.of(target).settings;
		return this.#isOnly ? url : `${name} (${url})`;
	}

	/** Whether an upstream is asked for the token counts of streams. One that has refused to be is left in peace for this worker's life. */
	usageModeOf(target: Target): UpstreamSettings["usage"] {
		const { settings, provider } = this.of(target);
		return provider.countsUnasked || this.#refusingUsage.has(target.name) ? "never" : settings.usage;
	}

	noteUsageRefused({ name }: Target): void {
		this.#refusingUsage.add(name);
	}

	/** A request goes to an upstream for the first time: what retries it may have is a share of these, each route's its own. */
	noteRequest({ upstream }: Target, { retry }: Route): void {
		this.#retriesOf(upstream).deposit(retry.budgetShare);
	}

	/** Whether the upstream's share of retries allows one more. */
	mayRetry({ upstream }: Target): boolean {
		return this.#retriesOf(upstream).tryWithdraw();
	}

	/** @returns after how many milliseconds without output a second target may be asked; undefined if it may not */
	hedgeDelayMs(route: Route, isStream: boolean): number | undefined {
		if (route.hedge === undefined) return undefined;
		const { budget, streams, whole } = this.#hedgesOf(route);
		budget.deposit();
		return route.hedge.afterMs ?? (isStream ? streams : whole).p95();
	}

	mayHedge(route: Route): boolean {
		return this.#hedges.get(route)?.budget.tryWithdraw() ?? false;
	}

	/** It has a limit of requests at a time. */
	isLimited({ upstream }: Target): boolean {
		return this.#upstreams.get(upstream)?.settings.maxConcurrency !== undefined;
	}

	/** The target's upstream or the model there, whichever lets less through. */
	breakerOf(target: Target, facts: RequestFacts): BreakerState {
		return this.states.of(target.upstream, sentModel(target, facts.model) ?? noModel).breaker;
	}

	/** Ends what is still under way, and all connections. */
	async close(reason: GatewayError): Promise<void> {
		await Promise.all([...this.#upstreams.values()].map((upstream) => upstream.close(reason)));
	}

	#isAvailable(target: Target, facts: RequestFacts): boolean {
		const model = sentModel(target, facts.model) ?? noModel;
		const { breaker, health } = this.states.of(target.upstream, model);
		return breaker !== "open" && health !== "down" && !this.#rests.has(target.name, model);
	}

	#retriesOf(upstream: string): RetryBudget {
		const budget = this.#retries.get(upstream) ?? new RetryBudget(0, leastPerSecond, now);
		this.#retries.set(upstream, budget);
		return budget;
	}

	#hedgesOf(route: Route): Hedges {
		const found = this.#hedges.get(route) ?? {
			// Hedges are a share of requests; without requests there is nothing to hedge.
			budget: new RetryBudget(route.hedge?.share ?? 0, 0, now),
			streams: new LatencyQuantile(),
			whole: new LatencyQuantile(),
		};
		this.#hedges.set(route, found);
		return found;
	}
}
