/** Estimates a request's use before it is sent: tokens of its prompt and of its answer, and their cost. */

import { costOfUse, millionthsOf } from "../accounting/price.js";
import type { Prices } from "../accounting/prices.js";
import { textTokens } from "../chat/tokenCounts.js";
import type { UsedUnits } from "../chat/usedUnits.js";
import { answersWithText } from "../dialects/answersWithText.js";
import type { Exchange } from "../exchange/exchange.js";
import type { ExchangeUsage } from "../exchange/usage.js";
import type { Route, Routing, Target, TargetGroup } from "../settings/routes.js";
import { sentModel } from "../settings/sentModel.js";
import { estimateTokens } from "../upstream/routing/estimateTokens.js";
import { Calibration } from "./calibration.js";
import { createHostTokenizer, type HostTokenizer } from "./hostTokenizer.js";
import { choicesMade, outputBoundOf } from "./outputBound.js";
import { OutputHistory } from "./outputHistory.js";
import { promptPieces } from "./promptPieces.js";
import { countTokens, encodingOf } from "./tokenizer.js";

type Json = Readonly<Record<string, unknown>>;

export interface TokenNeed {
	readonly input: number;
	/** Most tokens of all choices together: as many as the request allows, or an assumption if it allows any length. */
	readonly output: number;
	/** Their likely number, judged by this caller's earlier answers. */
	readonly likelyOutput: number;
	/** The prompt's estimate; undefined if its tokens were counted. */
	readonly estimated: number | undefined;
}

/** Tokens of one choice if the request does not limit its length; more if the caller's answers have been longer. */
const assumedOutput = 1_000;

export interface TokenNeeds {
	/** At once where nobody has to count. */
	of(exchange: Exchange, route: Route | undefined): TokenNeed | Promise<TokenNeed>;
	/** A request is over: the next one of its kind is known better. */
	learn(exchange: Exchange, need: TokenNeed, usage: ExchangeUsage): void;
}

/** Keeps what it learns in this worker's memory. */
export function createTokenNeeds({ upstreams }: Pick<Routing, "upstreams">): TokenNeeds {
	const history = new OutputHistory();
	const calibration = new Calibration();
	const tokenizers = new Map<string, HostTokenizer>();
	for (const upstream of upstreams) {
		const tokenizer = createHostTokenizer(upstream, () => performance.now());
		if (tokenizer) tokenizers.set(upstream.name, tokenizer);
	}

	/** Counts with a tokenizer; undefined if there is none, or its upstream can't count. */
	function counted(json: Json, model: string, targets: readonly Target[]): Promise<number | undefined> | undefined {
		const encoding = encodingOfAny(model, targets);
		if (encoding !== undefined) return countTokens(promptPieces(json), encoding);
		if (tokenizers.size === 0) return undefined;
		const target = targets.find(({ upstream }) => tokenizers.has(upstream));
		return target && tokenizers.get(target.upstream)?.count(json, sentModel(target, model) ?? model);
	}

	function needOf(exchange: Exchange, json: Json, model: string, count: number | undefined): TokenNeed {
		const estimated = count === undefined ? (exchange.facts?.estimatedTokens ?? estimateTokens(json)) : undefined;
		// Never less than the estimate: who sends prompts of few tokens for their length could then send others.
		const input = count ?? Math.max(estimated ?? 0, calibration.tokensOf(model, estimated ?? 0));
		const { dialect } = exchange.operation ?? {};
		const isOwn = dialect !== undefined;
		const learned = history.likelyMost(whoOf(exchange));
		// Embeddings and pictures are no text; of operations that nothing is known of, only what they are asked for is.
		const speech = { says: answersWithText(dialect), isOwn, learned, limitNames: dialect?.limitNames };
		return { input, ...outputOf(json, speech), estimated };
	}

	return {
		of(exchange, route) {
			const json = exchange.body?.json ?? {};
			const model = modelOf(json);
			const count = counted(json, model, route === undefined ? [] : targetsOf(route));
			if (count === undefined) return needOf(exchange, json, model, undefined);
			return count.then((known) => needOf(exchange, json, model, known));
		},

		learn(exchange, { estimated }, { attempts, tokens, isEstimated }) {
			if (tokens === undefined || isEstimated) return;
			const json = exchange.body?.json ?? {};
			const whole = attempts.find(({ tokens: own }) => own !== undefined)?.tokens;
			if (estimated !== undefined && whole) calibration.learn(modelOf(json), whole.input, estimated);
			if (answersWithText(exchange.operation?.dialect)) history.add(whoOf(exchange), tokens.output / choicesMade(json));
		},
	};
}

const noOutput = { output: 0, likelyOutput: 0 };

interface Speech {
	/** The answer is text. */
	readonly says: boolean;
	/** The operation is one of OpenAI's API. */
	readonly isOwn: boolean;
	/** Most tokens of one choice, by what has been. */
	readonly learned: number | undefined;
	/** What limits its length in the client's dialect, where that is not as in chat completions. */
	readonly limitNames: readonly string[] | undefined;
}

/** What has been says how long an answer may get where nothing else does; it is no reason to expect less than is asked for. */
function outputOf(
	json: Json,
	{ says, isOwn, learned, limitNames }: Speech,
): Pick<TokenNeed, "output" | "likelyOutput"> {
	if (!says && isOwn) return noOutput;
	const bound = outputBoundOf(json, !isOwn, limitNames);
	if (!says && bound.tokens === undefined) return noOutput;
	const choices = choicesMade(json);
	const assumed = Math.max(assumedOutput, learned ?? 0, bound.tokens ?? 0);
	const each = bound.isKept && bound.tokens !== undefined ? bound.tokens : assumed;
	return { output: each * choices, likelyOutput: Math.min(each, learned ?? each) * choices };
}

/** That of the model, as the client or one of the targets names it. */
function encodingOfAny(model: string, targets: readonly Target[]): ReturnType<typeof encodingOf> {
	let encoding = encodingOf(model);
	for (const target of targets) {
		const sent = target.model === undefined ? undefined : sentModel(target, model);
		encoding ??= sent === undefined ? undefined : encodingOf(sent);
	}
	return encoding;
}

/** The gateway's own tokenizer for a request's model; undefined if it has none. */
export function encodingOfRoute(model: string | undefined, route: Route | undefined): ReturnType<typeof encodingOf> {
	return encodingOfAny(model ?? "", route === undefined ? [] : targetsOf(route));
}

function modelOf(json: Json): string {
	return typeof json.model === "string" ? json.model : "";
}

function whoOf({ caller, body }: Exchange): string {
	return `${caller?.keyId ?? ""}\n${modelOf(body?.json ?? {})}`;
}

const targetsOfRoutes = new WeakMap<Route, readonly Target[]>();

/** All that a route may ask, in the order of the configuration. */
export function targetsOf(route: Route): readonly Target[] {
	let targets = targetsOfRoutes.get(route);
	if (targets === undefined) {
		targets = route.stages.flatMap(within);
		targetsOfRoutes.set(route, targets);
	}
	return targets;
}

function within(member: Target | TargetGroup): Target[] {
	return member.kind === "target" ? [member] : member.targets.flatMap(within);
}

/** Millionths of a dollar at the dearest of a route's targets; undefined if no price is known. */
export function costOf(
	{ input, output }: Pick<TokenNeed, "input" | "output">,
	route: Route | undefined,
	prices: Prices,
	model: string | undefined,
	units?: UsedUnits,
): number | undefined {
	const used = { tokens: textTokens(input, output), units };
	let most: number | undefined;
	for (const target of route === undefined ? [] : targetsOf(route)) {
		const price = prices.priceOf(target, model);
		if (price !== undefined) most = Math.max(most ?? 0, millionthsOf(costOfUse(price, used) ?? 0));
	}
	return most;
}
