/** All upstreams of a gateway: their connections, and what is known of each when a request has to be sent somewhere. */
import { type Catalogue, configuredCatalogue } from "../catalogue/catalogue.js";
import { createLocalSeals, type Seals } from "../dialects/seals.js";
import type { GatewayError } from "../errors/gatewayError.js";
import { quirksFor } from "../providers/provider.js";
import type { Route, Routing, Target, TargetGroup, UpstreamSettings } from "../settings/routes.js";
import { noModel, sentModel } from "../settings/sentModel.js";
import { type HostComplaints, upstreamComplaints } from "./complaints.js";
import type { Fault } from "./fault.js";
import type { BreakerState, UpstreamStates } from "./health/states.js";
import { createLocalLessons, type Lessons } from "./lessons/worker.js";
import { createLocalWarmth, type Warmth } from "./promptCache/worker.js";
import { mayBeHome } from "./routing/choose.js";
import { conversationKey, responseText } from "./routing/conversation.js";
import type { RequestFacts } from "./routing/facts.js";
import { homeKeyOf, mayHaveHome } from "./routing/homing.js";
import { PeakEwma } from "./routing/latency.js";
import { LatencyQuantile } from "./routing/quantile.js";
import { Rests } from "./routing/rests.js";
import { RetryBudget } from "./routing/retryBudget.js";
import { createRouteTable, type RouteTable } from "./routing/routeTable.js";
import type { TargetView } from "./routing/targetView.js";
import type { Tokens } from "./tokens/tokens.js";
import { Upstream } from "./upstream.js";

/** Hedges and retries that are always allowed, however few requests there are. */
const leastPerSecond = 5;

/** One route's. Whole answers come later than the first output of streams. */
interface Hedges {
	budget: RetryBudget;
	streams: LatencyQuantile;
	whole: LatencyQuantile;
}

/** What this process has in common with others; it is its own where there is none. */
export interface SharedKnowledge {
	readonly lessons?: Lessons | undefined;
	readonly catalogue?: Catalogue | undefined;
	readonly tokens?: Tokens | undefined;
	readonly warmth?: Warmth | undefined;
	readonly seals?: Seals | undefined;
	/** Before the name of a model it makes a second one. */
	readonly aliasPrefix?: string | undefined;
}

const now = () => performance.now();

export class Upstreams {
	readonly routes: RouteTable;
	readonly states: UpstreamStates;
	/** What models are known to refuse. */
	readonly lessons: Lessons;
	readonly view: TargetView;
	/** What upstreams' prompt caches hold of conversations. */
	readonly warmth: Warmth;
	/** What is known of the models behind the targets. */
	readonly catalogue: Catalogue;
	/** For what clients keep of answers in other dialects than their own. */
	readonly seals: Seals;
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
	constructor(
		routing: Routing,
		states: UpstreamStates,
		complain: (line: string) => void,
		{
			lessons = createLocalLessons(),
			catalogue = configuredCatalogue(routing.upstreams),
			tokens,
			warmth = createLocalWarmth(),
			seals = createLocalSeals(),
			aliasPrefix,
		}: SharedKnowledge = {},
	) {
		this.catalogue = catalogue;
		this.#complaints = upstreamComplaints(complain);
		this.#isOnly = routing.upstreams.length === 1;
		this.routes = createRouteTable(routing, aliasPrefix);
		this.states = states;
		this.lessons = lessons;
		this.warmth = warmth;
		this.seals = seals;
		this.#upstreams = new Map(routing.upstreams.map((settings) => [settings.name, new Upstream(settings, tokens)]));
		this.view = {
			inFlight: ({ upstream }) => states.of(upstream).inFlight,
			latencyMs: ({ name }) => this.#latencies.get(name)?.value(performance.now()),
			isAvailable: (target, facts) => (this.#isAvailable(target, facts) ? "yes" : "later"),
			homeOf: (route, facts) => {
				const key = mayHaveHome(route, facts) ? homeKeyOf(route, facts) : undefined;
				return key === undefined ? undefined : warmth.homeOf(route.name, key);
			},
			restMs: (target, facts) => this.#restMs(target, facts),
			factsOf: (target, asked) => catalogue.of(target, asked).facts,
			get revision() {
				return catalogue.revision;
			},
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

	/** A target answers a request: what follows in its conversation goes there too, on a route where conversations stick. */
	noteHome(route: Route, target: Target, facts: RequestFacts): void {
		const key = mayBeHome(route, target) ? homeKeyOf(route, facts) : undefined;
		if (key !== undefined) this.warmth.noteHome(route.name, key, target.name);
	}

	/** The target's upstream keeps a response: what goes on with that goes there, on a route where conversations stick. */
	noteResponse(route: Route, target: Target, id: string): void {
		if (mayBeHome(route, target)) this.warmth.noteHome(route.name, conversationKey(responseText(id)), target.name);
	}

	/** An attempt has failed, whatever comes of the request. A model that asks to be left alone comes after others until then. */
	noteFault(target: Target, facts: RequestFacts, fault: Fault): void {
		// A limit of one client's own subscription is none of the others'.
		const isLimit = fault.kind === "rate_limited" || fault.kind === "quota";
		const isClientsOwn = isLimit && this.of(target).settings.passthroughAuth;
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
	usageModeOf(target: Target, model: string): UpstreamSettings["usage"] {
		const { settings, provider } = this.of(target);
		// Who refuses to be asked counts anyway.
		const isRefused = quirksFor(provider, model)?.refuses?.includes("stream_options");
		return isRefused || this.#refusingUsage.has(target.name) ? "never" : settings.usage;
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
		return this.#isUp(target, model) && !this.#rests.has(target.name, model);
	}

	#isUp({ upstream }: Target, model: string): boolean {
		const { breaker, health } = this.states.of(upstream, model);
		return breaker !== "open" && health !== "down";
	}

	/** @returns undefined if something else keeps it from being asked */
	#restMs(target: Target, facts: RequestFacts): number | undefined {
		const model = sentModel(target, facts.model) ?? noModel;
		return this.#isUp(target, model) ? this.#rests.restMs(target.name, model) : undefined;
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
