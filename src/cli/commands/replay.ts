/** `llmw replay`: sends stored requests to another model or upstream, and compares the answers. */

import { headerSafe } from "../../errors/headerSafe.js";
import { messageOf, Problems } from "../../errors/problem.js";
import { type GatewayApi, gatewayApi } from "./gatewayApi.js";
import { type Judge, type Judgement, judges, saidIn } from "./judges.js";
import { type OptionReader, optionReader, readBaseUrl, wholeNumber } from "./ownOptions.js";
import { parseWhere, type StoredCompletion, select } from "./selection.js";
import { table } from "./table.js";

type Json = Record<string, unknown>;

export interface ReplayOutput {
	print(text: string): void;
	/** A line for the person at the terminal. */
	note(line: string): void;
	progress(done: number, of: number): void;
}

/** US dollars for a million tokens. */
interface Price {
	input: number;
	output: number;
}

interface Replay {
	stored: StoredCompletion;
	answer: StoredCompletion | undefined;
	durationMs: number;
	judgement: Judgement;
}

/** Marks a replay that is stored, so that it is not replayed itself. */
const replayMark = "replay_of";
const mostMetadata = 16;

/**
 * @param gatewayUrl asked where there is no `--url`
 * @throws Problems also when the answers are not good enough
 */
export async function replay(
	flags: Readonly<Record<string, unknown>>,
	gatewayUrl: string,
	output: ReplayOutput,
): Promise<void> {
	const read = optionReader(flags, process.env);
	const own = optionReader(flags, {});
	const baseUrl = read("url", readBaseUrl) ?? readBaseUrl(gatewayUrl);
	const key = read("key", headerSafe);
	const to = own("to", String);
	const toUrl = own("to-url", readBaseUrl);
	const toKey = own("to-key", headerSafe);
	if (to === undefined && toUrl === undefined)
		throw new Problems([{ where: "replay", message: "needs --to MODEL or --to-url URL to send the requests to" }]);
	const judge = own("judge", readJudge) ?? judges.exact;
	const threshold = own("threshold", readShare) ?? 0.9;
	const prices = readPrices(own);
	const concurrency = own("concurrency", wholeNumber) ?? 4;
	const source = gatewayApi({ baseUrl, key }, output.note);
	// A credential is not sent to a host it was not given for.
	const target = toUrl === undefined ? source : gatewayApi({ baseUrl: toUrl, key: toKey }, output.note, "--to-key");

	const stored = await requestsToReplay(source, own);
	if (stored.length === 0) throw new Problems([{ where: "--where", message: "nothing is stored that fits" }]);
	let done = 0;
	const replays = await inParallel(stored, concurrency, async (one) => {
		const result = await replayOne(target, one, { to, judge, isKept: flags.keep === "true" });
		done += 1;
		output.progress(done, stored.length);
		return result;
	});
	report(replays, prices, threshold, output);
}

async function requestsToReplay(source: GatewayApi, own: OptionReader): Promise<StoredCompletion[]> {
	const where = own("where", parseWhere) ?? { metadata: {} };
	const limit = own("limit", wholeNumber) ?? Number.POSITIVE_INFINITY;
	const found: StoredCompletion[] = [];
	const listing = { order: "desc", limit: undefined, withRequest: true } as const;
	for await (const completion of select(source, { status: "completed", ...where }, listing)) {
		if (completion.metadata?.[replayMark] !== undefined) continue;
		if (completion.request === undefined)
			throw new Problems([{ where: "--url", message: "is no gateway that gives the requests of what it has stored" }]);
		found.push(completion);
		if (found.length >= limit) break;
	}
	return found;
}

async function replayOne(
	target: GatewayApi,
	stored: StoredCompletion,
	{ to, judge, isKept }: { to: string | undefined; judge: Judge; isKept: boolean },
): Promise<Replay> {
	const { store, metadata, stream, stream_options, ...request } = stored.request as Json;
	const body = { ...request, ...(to === undefined ? {} : { model: to }), ...(isKept ? kept(stored) : {}) };
	const startedMs = performance.now();
	try {
		const answer = await target.ask<StoredCompletion>("POST", "/chat/completions", body);
		const durationMs = performance.now() - startedMs;
		return { stored, answer, durationMs, judgement: judge(saidIn(stored), saidIn(answer), request) };
	} catch (error) {
		// A gateway that refuses one request may well answer the next.
		if (!(error instanceof Problems)) throw error;
		const durationMs = performance.now() - startedMs;
		return { stored, answer: undefined, durationMs, judgement: { score: 0, reason: messageOf(error) } };
	}
}

function kept({ id, metadata }: StoredCompletion): Json {
	const pairs = Object.entries(metadata ?? {}).slice(0, mostMetadata - 1);
	return { store: true, metadata: Object.fromEntries([...pairs, [replayMark, id]]) };
}

/** Runs so many at a time; the results stand in the order of the items. */
async function inParallel<Item, Result>(
	items: readonly Item[],
	concurrency: number,
	run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
	const results: Result[] = [];
	let next = 0;
	const lane = async () => {
		while (next < items.length) {
			const place = next;
			next += 1;
			results[place] = await run(items[place] as Item);
		}
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
	return results;
}

interface Prices {
	before: Price | undefined;
	after: Price | undefined;
}

/** @throws Problems when fewer are as good as the threshold asks for */
function report(replays: readonly Replay[], prices: Prices, threshold: number, { print }: ReplayOutput): void {
	const hasPrices = prices.before !== undefined || prices.after !== undefined;
	const head = ["ID", "RESULT", "SCORE", "TOKENS IN", "OUT", "MS", ...(hasPrices ? ["COST"] : [])];
	print(table([head, ...replays.map((one) => row(one, prices, hasPrices)), totals(replays, prices, hasPrices)]));
	for (const { stored, judgement } of replays)
		if (judgement.reason !== "") print(`\n${stored.id}\n  ${judgement.reason.replaceAll("\n", "\n  ")}`);
	const scores = replays.flatMap(({ judgement: { score } }) => (score === undefined ? [] : [score]));
	if (scores.length === 0)
		throw new Problems([{ where: "replay", message: "none of the requests has a schema to judge by" }]);
	const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
	const same = scores.filter((score) => score === 1).length;
	const summary = `${same} of ${scores.length} the same, score ${share(mean)}, threshold ${threshold}`;
	if (mean < threshold) throw new Problems([{ where: "replay", message: `${summary}: not good enough` }]);
	print(`\n${summary}: good`);
}

function row({ stored, answer, durationMs, judgement }: Replay, prices: Prices, hasPrices: boolean): string[] {
	const result = answer === undefined ? "failed" : resultOf(judgement);
	const tokens = (name: "prompt_tokens" | "completion_tokens") =>
		change(String(stored.usage?.[name] ?? "–"), String(answer?.usage?.[name] ?? "–"));
	const costs = [costOf([stored], prices.before), costOf(answer ? [answer] : [], prices.after)] as const;
	return [
		stored.id,
		result,
		judgement.score === undefined ? "–" : share(judgement.score),
		tokens("prompt_tokens"),
		tokens("completion_tokens"),
		change(String(stored.duration_ms ?? "–"), String(Math.round(durationMs))),
		...(hasPrices ? [change(...costs)] : []),
	];
}

function totals(replays: readonly Replay[], prices: Prices, hasPrices: boolean): string[] {
	const before = replays.map(({ stored }) => stored);
	const after = replays.flatMap(({ answer }) => answer ?? []);
	const sum = (name: "prompt_tokens" | "completion_tokens", of: readonly StoredCompletion[]) => {
		const known = of.flatMap(({ usage }) => usage?.[name] ?? []);
		return known.length === 0 ? "–" : String(known.reduce((total, count) => total + count, 0));
	};
	const mean = (list: readonly number[]) => String(Math.round(list.reduce((a, b) => a + b, 0) / list.length));
	return [
		"all",
		"",
		"",
		change(sum("prompt_tokens", before), sum("prompt_tokens", after)),
		change(sum("completion_tokens", before), sum("completion_tokens", after)),
		change(mean(before.map(({ duration_ms }) => duration_ms ?? 0)), mean(replays.map(({ durationMs }) => durationMs))),
		...(hasPrices ? [change(costOf(before, prices.before), costOf(after, prices.after))] : []),
	];
}

function resultOf({ score }: Judgement): string {
	if (score === undefined) return "not judged";
	return score === 1 ? "same" : "different";
}

function change(before: string, after: string): string {
	return `${before} → ${after}`;
}

/** To three places, downwards: 0.9996 is not 1. */
function share(score: number): string {
	return (Math.floor(score * 1000) / 1000).toFixed(3);
}

function costOf(completions: readonly StoredCompletion[], price: Price | undefined): string {
	if (price === undefined) return "–";
	const dollars = completions.reduce(
		(total, { usage }) =>
			total + (usage?.prompt_tokens ?? 0) * price.input + (usage?.completion_tokens ?? 0) * price.output,
		0,
	);
	return `$${(dollars / 1e6).toFixed(6)}`;
}

function readPrices(own: OptionReader): Prices {
	return { before: own("price-before", readPrice), after: own("price", readPrice) };
}

function readPrice(text: string): Price {
	const [, input, output] = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text) ?? [];
	if (output === undefined)
		throw new Error(`must be two prices for a million tokens, in and out, such as 0.15/0.60 (got ${text})`);
	return { input: Number(input), output: Number(output) };
}

function readJudge(name: string): Judge {
	if (name !== "exact" && name !== "schema" && name !== "diff")
		throw new Error(`must be exact, schema or diff (got ${name})`);
	return judges[name];
}

function readShare(text: string): number {
	const value = Number(text);
	if (!(value >= 0 && value <= 1)) throw new Error(`must be a number from 0 to 1 (got ${text})`);
	return value;
}
