/** What a request says of caching: HTTP's `Cache-Control` (RFC 9111 §5.2.1), and headers of the gateway's own. */
import type { IncomingHttpHeaders } from "node:http";
import { GatewayError } from "../errors/gatewayError.js";

/** Asks for a kept answer, or for none. */
export const cacheHeader = "x-llmgw-cache";
/** Names by which an administrator may remove the answer. */
export const tagHeader = "x-llmgw-cache-tag";

export interface Wish {
	/** The request asks for the cache. */
	readonly isAsked: boolean;
	/** It wants nothing to do with it: its answer is neither kept nor another's. */
	readonly isOff: boolean;
	readonly sampled: boolean;
	readonly tools: boolean;
	/** It doesn't take an answer that is kept, while its own is kept. */
	readonly isAnew: boolean;
	readonly isOnlyIfCached: boolean;
	readonly maxAgeMs: number;
	readonly minFreshMs: number;
	readonly tags: readonly string[];
}

const words = new Set(["true", "false", "sampled", "tools"]);
const maxTags = 16;

/** @throws GatewayError 400 for headers of the gateway's own that say nothing it knows */
export function readWish(headers: IncomingHttpHeaders): Wish {
	const asked = wordsIn(headers[cacheHeader]);
	for (const word of asked) if (!words.has(word)) throw unknownWord();
	if (asked.length > 1 && asked.includes("false")) throw unknownWord();
	const control = headers["cache-control"];
	// RFC 9111 §5.4
	const directives = directivesIn(control ?? (/\bno-cache\b/i.test(String(headers.pragma ?? "")) ? "no-cache" : ""));
	return {
		isAsked: asked.length > 0 && !asked.includes("false"),
		isOff: asked.includes("false") || directives.has("no-store"),
		sampled: asked.includes("sampled"),
		tools: asked.includes("tools"),
		isAnew: directives.has("no-cache"),
		isOnlyIfCached: directives.has("only-if-cached"),
		maxAgeMs: millisecondsOf(directives.get("max-age"), directives.has("max-age") ? 0 : Number.POSITIVE_INFINITY),
		minFreshMs: millisecondsOf(directives.get("min-fresh"), 0),
		tags: tagsIn(headers[tagHeader]),
	};
}

function wordsIn(value: string | string[] | undefined): string[] {
	const words = String(value ?? "").split(",");
	return words.map((word) => word.trim().toLowerCase()).filter((word) => word !== "");
}

function unknownWord(): GatewayError {
	return new GatewayError(400, `The header ${cacheHeader} must be true or false, or list sampled and tools.`, {
		code: "invalid_cache_header",
		param: cacheHeader,
	});
}

function directivesIn(control: string): Map<string, string> {
	const directives = new Map<string, string>();
	for (const directive of control.split(",")) {
		const [name = "", value = ""] = directive.split("=", 2);
		directives.set(name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1"));
	}
	return directives;
}

/** RFC 9111 §1.2.2: however many digits, it is a long time. */
function millisecondsOf(seconds: string | undefined, otherwise: number): number {
	return seconds !== undefined && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : otherwise;
}

function tagsIn(value: string | string[] | undefined): string[] {
	const tags = String(value ?? "").split(",");
	const named = tags.map((tag) => tag.trim()).filter((tag) => tag !== "");
	if (named.length <= maxTags && named.every(isTag)) return named;
	const message = `The header ${tagHeader} must list at most ${maxTags} names of letters, digits and . : / @ = _ -, each of 1 to 64 characters.`;
	throw new GatewayError(400, message, { code: "invalid_cache_tag", param: tagHeader });
}

export function isTag(text: string): boolean {
	return /^[\w.:/@=-]{1,64}$/.test(text);
}
