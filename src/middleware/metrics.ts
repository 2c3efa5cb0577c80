/** Counts each request once, when it is over: what it came to, how long it took, and its cost by upstreams' counts. */

import { kindOf, outcomeOf } from "../accounting/attemptKind.js";
import { ownUnitsOf, usageOf } from "../accounting/exchangeUsage.js";
import { dollarsOf } from "../accounting/price.js";
import type { Prices } from "../accounting/prices.js";
import type { Unit, UnitCounts } from "../chat/usedUnits.js";
import type { Exchange } from "../exchange/exchange.js";
import { type Ending, generativeOperation } from "../exchange/outcome.js";
import type { AttemptUsage } from "../exchange/usage.js";
import { countTokens } from "../metrics/countTokens.js";
import type { Recorder } from "../metrics/metricRecorder.js";
import type { Attempt } from "../upstream/attempt.js";
import { defineLink } from "./link.js";

/** A value that has no name in the contract. */
const unknown = "other";
/** Requests for which no route was looked for, or none was found. */
const noRoute = "none";
/** Files that the gateway keeps itself. */
const noUpstream = "none";

export const metrics = defineLink({
	name: "metrics",
	stage: "edge",
	middleware: (gateway) => {
		const recorder = gateway.metrics?.recorder;
		const { prices } = gateway;
		return (ctx, next) => {
			const { exchange } = ctx.state;
			if (recorder !== undefined) exchange.onOver((ending) => record(recorder, exchange, prices, ending));
			return next();
		};
	},
});

function record(recorder: Recorder, exchange: Exchange, prices: Prices, ending: Ending): void {
	const { status, isBroken, atMs } = ending;
	const { operation, route, attempts } = exchange;
	const id = operation?.id ?? unknown;
	const routeName = route?.name ?? noRoute;
	// The client's request, which the gateway has made it for, is counted.
	if (exchange.madeFor === undefined) {
		recorder.add("requests", [id, routeName, String(status)]);
		if (isBroken) recorder.add("broken", [id, routeName]);
	}
	if (operation?.upstreamPath === undefined && operation?.usage === undefined && attempts.length === 0) return;
	const labels = [generativeOperation(operation), routeName];
	recorder.observe("requestSeconds", labels, (atMs - exchange.receivedMs) / 1000);
	const used = usageOf(exchange, prices).attempts;
	countUnits(recorder, ownUnitsOf(exchange), routeName, attempts.at(-1)?.target.upstream ?? noUpstream);
	for (let at = 0; at < attempts.length; at += 1)
		recordAttempt(recorder, { labels, attempts, at, atMs }, used[at] as AttemptUsage);
	const first = attempts.find(({ isChosen }) => isChosen)?.firstOutputMs;
	if (first !== undefined) recorder.observe("firstTokenSeconds", labels, (first - exchange.receivedMs) / 1000);
}

interface Counted {
	/** Operation and route. */
	readonly labels: readonly string[];
	readonly attempts: readonly Attempt[];
	/** Which of them. */
	readonly at: number;
	/** When the request was over. */
	readonly atMs: number;
}

function recordAttempt(
	recorder: Recorder,
	{ labels, attempts, at, atMs }: Counted,
	{ tokens, units, cost, isEstimated }: AttemptUsage,
): void {
	const attempt = attempts[at] as Attempt;
	const { upstream } = attempt.target;
	const [operation = "", route = ""] = labels;
	recorder.add("attempts", [upstream, kindOf(attempts, at), outcomeOf(attempt)]);
	const endedMs = attempt.wholeMs ?? atMs;
	recorder.observe("attemptSeconds", [operation, upstream], (endedMs - attempt.startedMs) / 1000);
	const dropped = attempt.events?.dropped ?? 0;
	if (dropped > 0) recorder.add("dropped", [upstream], dropped);
	if (cost !== undefined) recorder.add("cost", [route, upstream], dollarsOf(cost));
	countUnits(recorder, units, route, upstream);
	if (tokens === undefined) return;
	countTokens(recorder, tokens, route, upstream);
	if (isEstimated) return;
	const { input, output } = tokens;
	recorder.observe("tokenUsage", [operation, "input", upstream], input);
	if (output > 0) recorder.observe("tokenUsage", [operation, "output", upstream], output);
	if (attempt.firstOutputMs !== undefined && output > 1)
		recorder.observe("outputTokenSeconds", labels, (endedMs - attempt.firstOutputMs) / 1000 / (output - 1));
}

function countUnits(recorder: Recorder, units: UnitCounts | undefined, route: string, upstream: string): void {
	for (const unit in units) recorder.add("units", [unit, route, upstream], units[unit as Unit]);
}
