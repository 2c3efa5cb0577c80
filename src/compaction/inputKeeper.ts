/** What becomes of inputs that are to be kept within a model's context: compacted by the model itself, or truncated. */
import type { IncomingMessage } from "node:http";
import { createTokenNeeds, type TokenNeeds, targetsOf } from "../admission/tokenNeed.js";
import { askAsClient } from "../cache/ownRequest.js";
import { commonFacts } from "../catalogue/modelFacts.js";
import type { Operation } from "../contract/operation.js";
import type { Json } from "../dialects/dialect.js";
import type { Seals } from "../dialects/seals.js";
import { GatewayError } from "../errors/gatewayError.js";
import { messageOf } from "../errors/problem.js";
import type { Exchange } from "../exchange/exchange.js";
import type { Accept } from "../exchange/innerRequest.js";
import { lengthOf } from "../json/bodyBytes.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import { isKeptByUpstream } from "../responses/upstreamMemory.js";
import type { Settings } from "../settings/settings.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { bodyOf } from "../upstream/sentBody.js";
import type { Upstreams } from "../upstream/upstreams.js";
import { answerAfterCompaction, answerWithCompaction, compactionObject } from "./compactedAnswer.js";
import { keptMessages, keptOf, summaryIn, summaryRequest } from "./compactInput.js";
import {
	compactionItem,
	isOwnCompaction,
	type OpenedInput,
	openCompactions,
	summaryMessage,
} from "./compactionItems.js";
import { fitInput } from "./fitInput.js";
import { itemsOf } from "./inputUnits.js";

/** How many items were left out of a request's input. */
export const truncatedHeader = "x-llmgw-truncated";

/** A summary that takes longer is given up: then the request goes on without it. */
const summaryMs = 10 * 60_000;
const maxSummaryBytes = 4 * 1024 * 1024;
/** Tokens of an answer whose length nobody limits, that room is left for. */
const usualAnswer = 4096;

export interface KeptRequest {
	readonly exchange: Exchange;
	readonly owner: string;
	readonly message: IncomingMessage;
}

export interface KeeperServices {
	readonly settings: Settings;
	readonly upstreams: Upstreams;
	readonly seals: Seals;
	readonly inner: { readonly accept: Accept | undefined };
}

type Next = () => Promise<unknown>;

export class InputKeeper {
	readonly #services: KeeperServices;
	readonly #needs: TokenNeeds;
	/** The operation that creates responses. */
	readonly #response: Operation | undefined;

	constructor(services: KeeperServices, response: Operation | undefined) {
		this.#services = services;
		this.#needs = createTokenNeeds(services.settings.routing);
		this.#response = response;
	}

	/** @throws GatewayError 400 for a compaction item that can't be opened, or a trigger that isn't the last item */
	async keep(request: KeptRequest, next: Next): Promise<unknown> {
		const { exchange, owner } = request;
		const { json } = exchange.body as { json: Json };
		const given = itemsOf(json.input);
		const opened = given.some(isOwnCompaction)
			? openCompactions(given, owner, this.#services.seals)
			: { items: given, summaries: noSummaries };
		if (opened.items !== given) replaceBody(exchange, { ...json, input: opened.items });
		if (exchange.operation?.id === "countResponseTokens" || this.#isUpstreams(exchange)) return next();
		if (exchange.operation?.id === "compactResponse") return this.#compact(request, opened, next);
		const trigger = opened.items.findIndex(isTrigger);
		if (trigger === -1) return this.#goOn(request, opened, next);
		if (trigger !== opened.items.length - 1) throw notLast(trigger);
		return this.#compactNow(request, { ...opened, items: opened.items.slice(0, -1) }, next);
	}

	/** Upstreams that keep conversations also compact and truncate them. */
	#isUpstreams({ route, facts }: Exchange): boolean {
		const { upstreams } = this.#services;
		return route !== undefined && isKeptByUpstream(route, targetsOf(route), upstreams, facts?.model);
	}

	/** `POST /v1/responses/compact`. */
	async #compact({ exchange, owner }: KeptRequest, { items }: OpenedInput, next: Next): Promise<void> {
		const { seals } = this.#services;
		const kept = keptMessages(items);
		await this.#sumUp(exchange, items, false, next, (answer) =>
			answerWithCompaction(answer, (summary, response) => {
				const item = compactionItem({ summary, before: [], after: [], isWhole: false }, owner, seals);
				return compactionObject([...kept, item], response);
			}),
		);
	}

	/** The input ends with a `compaction_trigger`. */
	async #compactNow({ exchange, owner }: KeptRequest, opened: OpenedInput, next: Next): Promise<void> {
		const { seals } = this.#services;
		const { items, summaries } = opened;
		const isStream = exchange.body?.json.stream === true;
		await this.#sumUp(exchange, items, isStream, next, (answer) =>
			answerWithCompaction(answer, (summary, response) => {
				const kept = keptOf(items, summaries, false);
				return { ...response, output: [compactionItem({ summary, ...kept }, owner, seals)] };
			}),
		);
	}

	/** The request becomes one for a summary, which is charged and recorded as it is. */
	async #sumUp(
		exchange: Exchange,
		items: readonly unknown[],
		isStream: boolean,
		next: Next,
		change: (answer: ResponseStream) => void,
	): Promise<void> {
		const { json } = exchange.body as { json: Json };
		exchange.operation = this.#response;
		replaceBody(exchange, summaryRequest(json, items, isStream));
		const truncated = await this.#truncate(exchange, noSummaries);
		await next();
		const { answer } = exchange;
		if (answer === undefined || answer.status !== 200) return;
		noteTruncated(answer, truncated);
		change(answer);
	}

	/** Answers, if the input is longer than the client wants it, after a compaction. */
	async #goOn(request: KeptRequest, opened: OpenedInput, next: Next): Promise<void> {
		const { exchange, owner } = request;
		const { json } = exchange.body as { json: Json };
		const { context_management: management, ...rest } = json;
		const threshold = thresholdIn(management);
		const isLong = threshold !== undefined && (await this.#tokensOf(exchange, threshold)) > threshold;
		const compacted = isLong ? await this.#compacted(request, opened, threshold) : undefined;
		if (compacted !== undefined) replaceBody(exchange, { ...rest, input: compacted.items });
		else if (management !== undefined) replaceBody(exchange, rest);
		const summaries = compacted?.summaries ?? opened.summaries;
		const truncated = json.truncation === "auto" ? await this.#truncate(exchange, summaries) : 0;
		await next();
		const { answer } = exchange;
		if (answer === undefined || answer.status !== 200) return;
		noteTruncated(answer, truncated);
		if (compacted === undefined) return;
		answerAfterCompaction(answer, compactionItem(compacted.compacted, owner, this.#services.seals));
	}

	/** @returns undefined if the model has not summed up: the input then goes as it is */
	async #compacted({ exchange, message }: KeptRequest, { items, summaries }: OpenedInput, threshold: number) {
		const { accept } = this.#services.inner;
		if (accept === undefined) return undefined;
		const { json } = exchange.body as { json: Json };
		try {
			const answer = await askAsClient(accept, message, exchange.signal, {
				path: "/v1/responses",
				body: { ...summaryRequest(json, items, false), truncation: "auto" },
				requestId: `${exchange.id.slice(0, 100)}.compaction`,
				timeoutMs: summaryMs,
				maxBytes: maxSummaryBytes,
			});
			const summary = summaryIn(parseObject(answer.toString()) ?? {});
			const kept = keptOf(items, summaries, true, threshold / 4);
			const said = summaryMessage(summary);
			exchange.tags.compaction = "done";
			return {
				compacted: { ...kept, summary },
				items: [...kept.before, said, ...kept.after],
				summaries: new Set([said]),
			};
		} catch (error) {
			exchange.tags.compaction = `failed: ${messageOf(error)}`.slice(0, 200);
			return undefined;
		}
	}

	/** @param enough fewer need not be counted */
	async #tokensOf(exchange: Exchange, enough: number): Promise<number> {
		if ((exchange.facts?.mostTokens ?? Number.POSITIVE_INFINITY) <= enough) return 0;
		return (await this.#needs.of(exchange, exchange.route)).input;
	}

	/** @returns how many items were left out */
	async #truncate(exchange: Exchange, kept: ReadonlySet<unknown>): Promise<number> {
		const { json } = exchange.body as { json: Json };
		const most = this.#mostTokens(exchange, json);
		if (most === undefined) return 0;
		const tokens = await this.#tokensOf(exchange, most);
		const { truncation: _truncation, ...rest } = json;
		const items = itemsOf(json.input);
		const fitting = { tokens, estimated: exchange.facts?.estimatedTokens ?? tokens, most, kept };
		const left = fitInput(items, fitting);
		replaceBody(exchange, left === items ? rest : { ...rest, input: left });
		return items.length - left.length;
	}

	/** @returns undefined if nobody knows how much the models take */
	#mostTokens({ route, facts }: Exchange, { max_output_tokens: asked }: Json): number | undefined {
		if (route === undefined) return undefined;
		const { catalogue } = this.#services.upstreams;
		const known = commonFacts(targetsOf(route).map((target) => catalogue.of(target, facts?.model).facts));
		const { contextWindow, maxInputTokens, maxOutputTokens = usualAnswer } = known;
		if (contextWindow === undefined) return maxInputTokens;
		const usual = Math.min(maxOutputTokens, usualAnswer, contextWindow / 4);
		const room = contextWindow - (typeof asked === "number" ? asked : usual);
		return Math.max(0, Math.min(room, maxInputTokens ?? room));
	}
}

const noSummaries: ReadonlySet<unknown> = new Set();

function replaceBody(exchange: Exchange, json: Json): void {
	const { body } = exchange;
	const made = bodyOf(json, undefined);
	exchange.bodyHold?.add(Math.max(0, made.bytes.length - (body === undefined ? 0 : lengthOf(body))));
	exchange.body = made;
}

function noteTruncated(answer: ResponseStream, items: number): void {
	if (items > 0) answer.headers[truncatedHeader] = String(items);
}

function isTrigger(item: unknown): boolean {
	return isObject(item) && item.type === "compaction_trigger";
}

function notLast(index: number): GatewayError {
	return new GatewayError(400, "A compaction_trigger must be the last input item.", {
		code: "invalid_value",
		param: `input[${index}]`,
	});
}

/** @returns undefined if the client wants no compaction. @throws GatewayError 400 for a threshold that is no number */
function thresholdIn(management: unknown): number | undefined {
	const entries = Array.isArray(management) ? management.filter(isObject) : [];
	const entry = entries.find(({ type }) => type === "compaction");
	const { compact_threshold: threshold = undefined } = entry ?? {};
	if (threshold === undefined || threshold === null) return undefined;
	if (typeof threshold === "number" && threshold >= 0) return threshold;
	throw new GatewayError(400, "compact_threshold must be a number of tokens.", {
		code: "invalid_type",
		param: "context_management[0].compact_threshold",
	});
}
