/** Compares the turns of agents' sessions once they are over, and says why an upstream's prompt cache was missed. */
import { usageOf } from "../accounting/exchangeUsage.js";
import type { TokenCounts } from "../chat/tokenCounts.js";
import type { Exchange } from "../exchange/exchange.js";
import { lengthOf } from "../json/bodyBytes.js";
import { secretsIn } from "../keys/credentials.js";
import { isLogged, jsonLine } from "../logging/log.js";
import { legibleWithout } from "../logging/verboseText.js";
import type { Recorder } from "../metrics/metricRecorder.js";
import { parseDurationMs } from "../settings/quantity.js";
import { defaultPromptCache } from "../settings/singleUpstream.js";
import type { Attempt } from "../upstream/attempt.js";
import { type Chain, chainOf } from "../upstream/promptCache/chain.js";
import { type Diagnosis, diagnose, type Miss } from "../upstream/promptCache/diagnosis.js";
import type { Turn } from "../upstream/promptCache/turnStore.js";
import { defineLink, type GatewayServices } from "./link.js";

export const promptCache = defineLink({
	name: "prompt-cache",
	stage: "upstream",
	middleware: (gateway) => {
		const follow = follower(gateway);
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const session = watchedSession(exchange);
			return session === undefined ? next() : follow(exchange, session, next);
		};
	},
});

function follower(gateway: GatewayServices) {
	const { prices } = gateway;
	const { warmth } = gateway.upstreams;
	const tell = teller(gateway);
	/** Targets of which some cache had something once. */
	const withCache = new Set<string>();
	const compare = (exchange: Exchange, session: number, turns: readonly Turn[]) => {
		const answer = answerOf(exchange, prices);
		if (answer === undefined) return;
		const { name } = answer.attempt.target;
		if (answer.tokens.cached + answer.tokens.written > 0) withCache.add(name);
		const diagnosis = diagnosisOf(exchange, answer, turns, withCache.has(name));
		warmth.noteTurn(session, diagnosis.turn, diagnosis.before?.id);
		tell(exchange, answer, diagnosis);
	};
	return async (exchange: Exchange, session: number, next: () => Promise<unknown>) => {
		let turns: readonly Turn[] | undefined;
		exchange.beforeOver(() => turns && compare(exchange, session, turns));
		// They are here long before the upstream has answered.
		const recalled = warmth.recall(session);
		await next();
		turns = await recalled;
	};
}

/** Comparing a larger body would hold up others for too long. */
const maxBytes = 8 * 1024 * 1024;

/** @returns the key of its session; undefined if it names none, or nothing is to be said of its caches */
function watchedSession({ route, facts, operation, body }: Exchange): number | undefined {
	const { watches } = route?.promptCache ?? defaultPromptCache;
	if (!watches || facts?.session === undefined || body === undefined) return undefined;
	const dialect = operation?.dialect;
	if (dialect?.stream === undefined || dialect.usesTokens === false || lengthOf(body) > maxBytes) return undefined;
	return facts.conversation;
}

interface Answer {
	readonly attempt: Attempt;
	readonly tokens: TokenCounts;
}

/** The answer that the client got; undefined if there is none, or its upstream has not counted its tokens. */
function answerOf(exchange: Exchange, prices: GatewayServices["prices"]): Answer | undefined {
	const at = exchange.attempts.findLastIndex(
		({ isChosen, head }) => isChosen && head !== undefined && head.status < 300,
	);
	const attempt = exchange.attempts[at];
	const usage = attempt && usageOf(exchange, prices).attempts[at];
	if (attempt === undefined || usage?.tokens === undefined || usage.reported === undefined) return undefined;
	return { attempt, tokens: usage.tokens };
}

function diagnosisOf(
	{ body, route }: Exchange,
	{ attempt, tokens }: Answer,
	turns: readonly Turn[],
	hasCache: boolean,
): Diagnosis {
	const json = body?.json ?? {};
	const needsMarks = attempt.lane.dialect?.needsCacheMarks === true;
	const chain = withInjected(chainOf(json), needsMarks && route?.promptCache?.injects === true);
	const answered = { target: attempt.target.name, at: Date.now(), tokens, needsMarks, hasCache, keptMs: keptMs(json) };
	return diagnose(turns, chain, answered, Math.floor(Math.random() * 2 ** 32));
}

/** The gateway has marked what the client has not. */
function withInjected(chain: Chain, isInjected: boolean): Chain {
	return isInjected && chain.marked === 0 ? { ...chain, marked: chain.hashes.length } : chain;
}

/** How long OpenAI is asked to keep the prompt. */
function keptMs({ prompt_cache_retention: retention }: Readonly<Record<string, unknown>>): number | undefined {
	return retention === "24h" ? parseDurationMs(retention) : undefined;
}

type Teller = (exchange: Exchange, answer: Answer, diagnosis: Diagnosis) => void;

/** Tells the metrics of each turn, and of a miss the log, and the usage record by a tag. */
function teller({ metrics, settings, log, print }: GatewayServices): Teller {
	const isInJson = settings.logFormat === "json" && isLogged("warn", settings.logLevel);
	return (exchange, answer, { before, miss, isNews }) => {
		const labels = [exchange.route?.name ?? "", answer.attempt.target.name];
		if (metrics !== undefined) count(metrics.recorder, labels, answer.tokens, before !== undefined, miss);
		if (miss === undefined) return;
		exchange.tags.cacheMiss = miss.block ?? miss.cause;
		if (!isNews) return;
		if (isInJson) log(jsonLine("warn", new Date(), "prompt cache miss", describe(exchange, answer, miss)));
		else if (settings.verbose) print(lineOf(exchange, answer, miss));
	};
}

function count(
	recorder: Recorder,
	labels: readonly string[],
	{ input, cached }: TokenCounts,
	isLater: boolean,
	miss: Miss | undefined,
): void {
	if (isLater) recorder.observe("promptCacheRatio", labels, Math.min(1, cached / input));
	const missed = miss === undefined ? 0 : miss.expected - miss.cached;
	const fresh = Math.max(0, input - cached - missed);
	if (miss !== undefined) recorder.add("fullPriceTokens", [...labels, miss.cause], missed);
	if (fresh > 0) recorder.add("fullPriceTokens", [...labels, "new"], fresh);
}

/** Names and numbers, and nothing of what was said. */
function describe(exchange: Exchange, { attempt }: Answer, miss: Miss): object {
	const legible = legibleWithout(secretsIn(exchange.requestHeaders));
	const session = exchange.facts?.session;
	const subagent = session?.subagent;
	return {
		request_id: legible(exchange.id),
		session: legible(session?.id ?? ""),
		subagent: subagent === undefined ? undefined : legible(subagent),
		agent: legible(session?.agent ?? ""),
		route: exchange.route?.name,
		target: attempt.target.name,
		cause: miss.cause,
		block: miss.block,
		before_breakpoint: miss.isBeforeMark || undefined,
		from: miss.from,
		expected: miss.expected,
		cached: miss.cached,
	};
}

function lineOf(exchange: Exchange, { attempt }: Answer, { cause, block, from, expected, cached }: Miss): string {
	const why = from === undefined ? (block ?? "") : `from ${from}`;
	const what = `${cause}${why === "" ? "" : ` (${why})`}`;
	return `${exchange.id} missed the prompt cache of ${attempt.target.name}: ${what}; ${cached} of ${expected} tokens`;
}
