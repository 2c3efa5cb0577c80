/** Whether the answer to a request may be kept, and another's be given for it, as its route and the request itself say. */
import type { Dialect, Json } from "../dialects/dialect.js";
import { isObject } from "../json/isObject.js";
import type { CacheConsent, CacheSettings } from "../settings/routes.js";
import { configIn } from "../upstream/routing/contentParts.js";
import { optionsIn } from "../upstream/routing/promptText.js";
import type { Bypass } from "./cacheStatus.js";
import type { Wish } from "./wish.js";

/** Operations whose answers are kept. */
const cached: ReadonlySet<string> = new Set([
	"createChatCompletion",
	"createCompletion",
	"createEmbedding",
	"createRerank",
	"createModeration",
	"createMessage",
	"createResponse",
	"generateContent",
	"streamGenerateContent",
	"embedContent",
	"batchEmbedContents",
	"createOllamaChat",
	"createOllamaGeneration",
	"createOllamaEmbeddings",
	"createOllamaEmbedding",
]);

export function hasCachedAnswers(operation: string): boolean {
	return cached.has(operation);
}

/** Members by which an answer depends on what an upstream keeps, or is given there later. */
const stateful = [
	"previous_response_id",
	"conversation",
	"background",
	"cachedContent",
	"cached_content",
	"container",
	"thread",
];

/** Members that offer tools, those of vendors among them. */
const offers = ["tools", "functions", "mcp_servers", "web_search_options", "search_parameters"];

/** @returns why the cache has nothing to do with a request; undefined if it has */
export function bypassOf(dialect: Dialect, json: Json, wish: Wish, settings: CacheSettings): Bypass | undefined {
	if (wish.isOff) return "no-store";
	if (settings.isOnRequest && !wish.isAsked) return "not-asked";
	if (stateful.some((name) => isSaid(json[name])) || isStoredPrompt(dialect, json)) return "stateful";
	if (hasTools(json) && !isAllowed(settings.tools, wish.tools)) return "tools";
	if (dialect.stream !== undefined && isSampled(json) && !isAllowed(settings.sampled, wish.sampled)) return "sampled";
	return undefined;
}

export function hasTools(json: Json): boolean {
	return offers.some((name) => isSaid(json[name]));
}

/** Without a temperature the vendor's own holds, which is above 0. */
function isSampled(json: Json): boolean {
	return (json.temperature ?? configIn(json).temperature ?? optionsIn(json).temperature) !== 0;
}

function isAllowed(consent: CacheConsent, isAsked: boolean): boolean {
	return consent === "always" || (consent === "asked" && isAsked);
}

/** A prompt of OpenAI's, whose newest version holds. Text completions have their text there. */
function isStoredPrompt({ name }: Dialect, { prompt }: Json): boolean {
	return name === "openai.responses" && isObject(prompt);
}

function isSaid(value: unknown): boolean {
	if (Array.isArray(value)) return value.length > 0;
	return value !== undefined && value !== null && value !== false && value !== "";
}
