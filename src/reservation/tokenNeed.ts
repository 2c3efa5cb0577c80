/** What a request will use, before it is sent: tokens of its prompt and of its answer, and what they cost. */

import type { Route, Routing, Target, TargetGroup } from "../contract/routes.js";
import { sentModel } from "../contract/sentModel.js";
import type { Exchange } from "../exchange.js";
import { costOfTokens, millionthsOf } from "../pricing/price.js";
import type { Prices } from "../pricing/prices.js";
import { choicesAsked } from "../upstream/routing/choices.js";
import { estimateTokens } from "../upstream/routing/estimateTokens.js";
import { textTokens } from "../upstream/tokens.js";
import type { ExchangeUsage } from "../usage/exchangeUsage.js";
import { Calibration } from "./calibration.js";
import { createHostTokenizer, type HostTokenizer } from "./hostTokenizer.js";
import { OutputHistory } from "./outputHistory.js";
import { promptPieces } from "./promptPieces.js";
import { countTokens, encodingOf } from "./tokenizer.js";

type Json = Readonly<Record<string, unknown>>;

export interface TokenNeed {
	readonly input: number;
	/** Of all choices together, at most. Nothing more can come where the request says so itself. */
	readonly output: number;
	readonly isOutputBounded: boolean;
	/** What the estimate came to, where nobody has counted. */
	readonly estimated: number | undefined;
}

/** While nothing is known of a caller's answers, and the request does not limit its own. */
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

	/** By a tokenizer; nothing where there is none, or its host can't say. */
	function counted(json: Json, model: string, targets: readonly Target[]): Promise<number | undefined> | undefined {
		const encoding = encodingOfAny(model, targets);
		if (encoding !== undefined) return countTokens(promptPieces(json), encoding);
		if (tokenizers.size === 0) return undefined;
		const host = targets.find(({ upstream }) => tokenizers.has(upstream));
		return host && tokenizers.get(host.upstream)?.count(json, sentModel(host, model) ?? model);
	}

	function needOf(exchange: Exchange, json: Json, model: string, count: number | undefined): TokenNeed {
		const estimated = count === undefined ? estimateTokens(json) : undefined;
		const input = count ?? calibration.tokensOf(model, estimated ?? 0);
		// What has no end of a stream has no answer in tokens: embeddings.
		const says = exchange.operation?.streamTerminator !== undefined;
		const { output, isOutputBounded } = says ? outputOf(json, history.likelyMost(whoOf(exchange))) : noOutput;
		return { input, output, isOutputBounded, estimated };
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
			if (exchange.operation?.streamTerminator !== undefined)
				history.add(whoOf(exchange), tokens.output / choicesOf(json));
		},
	};
}

const noOutput = { output: 0, isOutputBounded: true };

/** @param likely most tokens of one choice, by what has been */
function outputOf(json: Json, likely: number | undefined): Pick<TokenNeed, "output" | "isOutputBounded"> {
	const choices = choicesOf(json);
	const given = json.max_completion_tokens ?? json.max_tokens ?? json.max_output_tokens;
	const asked = typeof given === "number" ? given : undefined;
	const output = Math.min(asked ?? Number.POSITIVE_INFINITY, likely ?? asked ?? assumedOutput);
	return { output: Math.ceil(output * choices), isOutputBounded: asked !== undefined && asked <= output };
}

/** `best_of` are made, though `n` are sent. */
function choicesOf(json: Json): number {
	const { best_of: made, n } = json;
	return choicesAsked(typeof made === "number" && made > Number(n ?? 1) ? { ...json, n: made } : json);
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

/** Millionths of a dollar at the dearest of a route's targets; nothing where no price is known. */
export function costOf(
	{ input, output }: Pick<TokenNeed, "input" | "output">,
	route: Route | undefined,
	prices: Prices,
	model: string | undefined,
): number | undefined {
	const tokens = textTokens(input, output);
	let most: number | undefined;
	for (const target of route === undefined ? [] : targetsOf(route)) {
		const price = prices.priceOf(target, model);
		if (price !== undefined) most = Math.max(most ?? 0, millionthsOf(costOfTokens(price, tokens)));
	}
	return most;
}
