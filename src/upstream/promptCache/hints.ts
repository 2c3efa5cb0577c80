/** Hints about its prompt cache for an upstream, where the route gives some and the client has none. */
import { createHash } from "node:crypto";
import type { Json } from "../../dialects/dialect.js";
import { openaiChat } from "../../dialects/openaiChat/index.js";
import { openaiResponses } from "../../dialects/openaiResponses/index.js";
import { type BodyBytes, withMembers } from "../../json/bodyBytes.js";
import type { Provider } from "../../providers/provider.js";
import type { Route } from "../../settings/routes.js";
import type { Lane } from "../lane.js";
import type { RequestFacts } from "../routing/facts.js";
import { markBody } from "./markBody.js";

export interface Hinting {
	readonly request: { readonly route: Route; readonly facts: RequestFacts };
	readonly lane: Pick<Lane, "dialect" | "translator">;
	readonly provider: Provider;
	/** The client's request. */
	readonly json: Json | undefined;
}

/** How long caches are to keep what the gateway marks; undefined where the route has it mark nothing. */
export function cacheTtlOf({ promptCache }: Route): "5m" | "1h" | undefined {
	return promptCache?.injects ? promptCache.ttl : undefined;
}

const keyMember = "prompt_cache_key";

/** @param body as the upstream is to be sent it; a translated one has its breakpoints already */
export function withHints(
	body: BodyBytes | undefined,
	{ request, lane, provider, json }: Hinting,
): BodyBytes | undefined {
	const { dialect, translator } = lane;
	const { route, facts } = request;
	const ttl = cacheTtlOf(route);
	if (ttl === undefined || body === undefined) return body;
	if (dialect?.needsCacheMarks) return translator === undefined ? markBody(body, ttl) : body;
	const takesKey = provider.takesCacheKey === true && (dialect === openaiChat || dialect === openaiResponses);
	const key = takesKey && json?.[keyMember] == null ? cacheKeyOf(facts) : undefined;
	return key === undefined ? body : withMembers(body, `"${keyMember}":${JSON.stringify(key)}`);
}

/**
 * The key by which OpenAI sends the requests of a conversation to the machine that has its cache: the same for all turns of a
 * caller's conversation, and nothing that could be read.
 *
 * @returns undefined for what is no conversation
 */
function cacheKeyOf({ conversation, turn, caller }: RequestFacts): string | undefined {
	if (conversation === undefined || turn === undefined) return undefined;
	const hash = createHash("sha256")
		.update(JSON.stringify([caller, conversation]))
		.digest("hex");
	return `llmw-${hash.slice(0, 32)}`;
}
