/** Lists of models as clients of each vendor's API know them. */
import type { IncomingHttpHeaders } from "node:http";
import type { ModelFacts } from "../catalogue/modelFacts.js";
import { nameInBody } from "../dialects/gemini/path.js";
import { GatewayError } from "../errors/gatewayError.js";
import { canChatByName } from "../upstream/listedModels/chatModels.js";
import { anthropicEntry, googleEntry, known, type ListedModel, price } from "../upstream/listedModels/modelsIn.js";
import { modalitiesOf, ratesShown } from "./knownModels.js";
import { ollamaDetail, ollamaList } from "./ollamaModels.js";

/** Codex asks for a catalogue of its own, which `codexModels.ts` writes. */
export type ModelShape = "openai" | "anthropic" | "google" | "ollama" | "codex";

/** Anthropic's clients name a version of its API, and Google's say who they are. */
export function shapeFor(headers: IncomingHttpHeaders): ModelShape {
	if (headers["anthropic-version"] !== undefined) return "anthropic";
	return headers["x-goog-api-client"] === undefined ? "openai" : "google";
}

type Query = Readonly<Record<string, unknown>>;

export function listOf(models: readonly ListedModel[], shape: ModelShape, query: Query): object {
	switch (shape) {
		case "openai":
		case "codex":
			return { object: "list", data: models };
		case "anthropic":
			return anthropicPage(models, query);
		case "google":
			return googlePage(models, query);
		case "ollama":
			return ollamaList(models);
	}
}

export function modelAs(model: ListedModel, shape: ModelShape): object {
	if (shape === "ollama") return ollamaDetail(model);
	return shape === "anthropic" ? anthropicModel(model) : shape === "google" ? googleModel(model) : model;
}

/** Anthropic's and Google's own bounds. */
const mostOfPage = 1000;
const usualLimit = 20;
const usualPageSize = 50;

function anthropicPage(all: readonly ListedModel[], { limit, after_id: after, before_id: before }: Query): object {
	const size = sizeIn(limit, "limit", usualLimit);
	const { from, to } = boundsOf(all, textIn(after), textIn(before));
	const begin = textIn(before) !== undefined && textIn(after) === undefined ? Math.max(from, to - size) : from;
	const page = all.slice(begin, Math.min(to, begin + size));
	const hasMore = textIn(before) !== undefined && textIn(after) === undefined ? begin > from : begin + size < to;
	return {
		data: page.map(anthropicModel),
		first_id: page[0]?.id ?? null,
		last_id: page.at(-1)?.id ?? null,
		has_more: hasMore,
	};
}

/** An id that is not in the list has nothing after or before it. */
function boundsOf(all: readonly ListedModel[], after: string | undefined, before: string | undefined) {
	const place = (id: string) => all.findIndex((model) => model.id === id);
	const from = after === undefined ? 0 : place(after) === -1 ? all.length : place(after) + 1;
	const to = before === undefined ? all.length : Math.max(0, place(before));
	return { from, to };
}

function anthropicModel(model: ListedModel): object {
	const { id, display_name: name, created = 0, [anthropicEntry]: entry, [known]: facts = {}, [price]: cost } = model;
	const createdAt = new Date(created * 1000).toISOString().replace(".000Z", "Z");
	const limits = { max_input_tokens: facts.maxInputTokens ?? facts.contextWindow, max_tokens: facts.maxOutputTokens };
	return {
		...entry,
		type: "model",
		id,
		display_name: name ?? id,
		created_at: createdAt,
		...withoutUnknown(limits),
		...(entry?.capabilities === undefined ? capabilitiesOf(facts) : {}),
		// Anthropic's clients pass over members that they don't know.
		...withoutUnknown({ input_modalities: modalitiesOf(facts), pricing: cost && ratesShown(cost) }),
	};
}

/** What a model is not known to lack it may be asked for; what only Anthropic's own servers do is not promised. */
function capabilitiesOf(facts: ModelFacts): { capabilities?: object } {
	const { images, files, jsonSchema, reasoning, efforts, tools } = facts;
	if ([images, files, jsonSchema, reasoning, tools].every((can) => can === undefined)) return {};
	const can = (supported: boolean) => ({ supported });
	const thinks = reasoning ?? false;
	const effort = (name: string) => can(efforts?.includes(name) ?? false);
	return {
		capabilities: {
			batch: can(false),
			citations: can(false),
			code_execution: can(false),
			context_management: {
				supported: false,
				clear_thinking_20251015: null,
				clear_tool_uses_20250919: null,
				compact_20260112: null,
			},
			effort: {
				supported: efforts !== undefined,
				...Object.fromEntries(["low", "medium", "high", "xhigh", "max"].map((name) => [name, effort(name)])),
			},
			image_input: can(images ?? true),
			pdf_input: can(files ?? false),
			server_tools: { supported: false, code_execution: can(false), web_search: can(false) },
			structured_outputs: can(jsonSchema ?? true),
			thinking: {
				supported: thinks,
				types: { adaptive: can(thinks), between_tools: can(false), disabled: can(true), enabled: can(thinks) },
			},
		},
	};
}

function googlePage(all: readonly ListedModel[], { pageSize, pageToken }: Query): object {
	// Zero, ProtoJSON's default, says nothing.
	const size = Number(pageSize) === 0 ? usualPageSize : sizeIn(pageSize, "pageSize", usualPageSize);
	const from = placeAfter(all, textIn(pageToken));
	const page = all.slice(from, from + size);
	const last = page.at(-1);
	const isLast = last === undefined || from + size >= all.length;
	return { models: page.map(googleModel), ...(isLast ? {} : { nextPageToken: tokenOf(last) }) };
}

/** Names the last model of a page, so that a list which changes meanwhile is gone on with. */
function tokenOf({ id }: ListedModel): string {
	return Buffer.from(id).toString("base64url");
}

/** @throws GatewayError 400 */
function placeAfter(all: readonly ListedModel[], token: string | undefined): number {
	if (token === undefined) return 0;
	const id = Buffer.from(token, "base64url").toString();
	const at = all.findIndex((model) => model.id === id);
	if (at === -1) throw invalid("pageToken", "pageToken must be the nextPageToken of a page");
	return at + 1;
}

function googleModel(model: ListedModel): object {
	const { id, display_name: displayName, [googleEntry]: entry, [known]: facts = {} } = model;
	const name = nameInBody(id);
	const limits = withoutUnknown({
		inputTokenLimit: facts.maxInputTokens ?? facts.contextWindow,
		outputTokenLimit: facts.maxOutputTokens,
		thinking: facts.reasoning,
	});
	if (entry !== undefined) return { ...entry, name, ...limits };
	return {
		name,
		version: "001",
		displayName: displayName ?? id,
		description: "",
		...limits,
		supportedGenerationMethods: canChatByName(id)
			? ["generateContent", "countTokens"]
			: ["embedContent", "batchEmbedContents", "countTokens"],
	};
}

function withoutUnknown(members: object): object {
	return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** @throws GatewayError 400 */
function sizeIn(value: unknown, name: string, usual: number): number {
	if (value === undefined || value === "") return usual;
	const size = Number(value);
	if (Number.isInteger(size) && size >= 1) return Math.min(size, mostOfPage);
	throw invalid(name, `${name} must be a whole number from 1 to ${mostOfPage}`);
}

function invalid(param: string, message: string): GatewayError {
	return new GatewayError(400, message, { code: "invalid_value", param });
}

function textIn(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}
