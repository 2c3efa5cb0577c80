/** Shows a plugin what a request asks for, in the neutral model. */
import type { ChatRequest } from "../chat/request.js";
import type { PluginContext } from "../plugin.js";
import { exchangeOf } from "./internal.js";

/**
 * Reads the request, whichever dialect the client speaks, so that one plugin works for all of them. Each call reads it anew.
 *
 * @returns undefined if the request is no chat, or has no valid body yet (before the stage `validated`)
 */
export function chatRequest(ctx: PluginContext): ChatRequest | undefined {
	const { operation, body } = exchangeOf(ctx);
	const translation = operation?.dialect?.translation;
	return body === undefined ? undefined : translation?.readRequest(body.json);
}
