/** All handlers by operationId. An operation of openapi.yaml without one, or one of the wrong shape, does not compile. */
import type { Operation } from "../contract/operation.js";
import { passthroughId } from "../contract/passthrough.js";
import type { GatewayContext, GatewayServices, OperationHandler } from "../middleware/link.js";
import { agentSessionHandlers } from "./agentSessionHandlers.js";
import { batchHandlers } from "./batchHandlers.js";
import { cacheHandlers } from "./cacheHandlers.js";
import { callHandlers } from "./callHandlers.js";
import { catalogueHandlers } from "./catalogueHandlers.js";
import { contentHandlers } from "./contentHandlers.js";
import { conversationHandlers } from "./conversationHandlers.js";
import { documentHandlers } from "./documentHandlers.js";
import { fileHandlers } from "./fileHandlers.js";
import { forward } from "./forward.js";
import { greetingHandlers } from "./greetingHandlers.js";
import type { Handlers } from "./handlerTypes.js";
import { healthHandlers } from "./healthHandlers.js";
import { imageHandlers } from "./imageHandlers.js";
import { keyHandlers } from "./keyHandlers.js";
import { lessonHandlers } from "./lessonHandlers.js";
import { messageBatchHandlers } from "./messageBatchHandlers.js";
import { messageHandlers } from "./messageHandlers.js";
import { metricsHandlers } from "./metricsHandlers.js";
import { modelHandlers } from "./modelHandlers.js";
import { moderationHandlers } from "./moderationHandlers.js";
import { ollamaHandlers } from "./ollamaHandlers.js";
import { passThrough } from "./passThrough.js";
import { promptHandlers } from "./promptHandlers.js";
import { realtimeHandlers } from "./realtimeHandlers.js";
import { responseHandlers } from "./responseHandlers.js";
import { responseSocketHandlers } from "./responseSocketHandlers.js";
import { sessionHandlers } from "./sessionHandlers.js";
import { storedCompletionHandlers } from "./storedCompletionHandlers.js";
import { createTokenCounter } from "./tokenCounter.js";
import { tokenHandlers } from "./tokenHandlers.js";
import { uploadHandlers } from "./uploadHandlers.js";
import { usageHandlers } from "./usageHandlers.js";
import { webhookHandlers } from "./webhookHandlers.js";

/** A handler for each operation of openapi.yaml; the compiler checks that none is missing. */
export function contractHandlers(gateway: GatewayServices): Handlers {
	const forwarded = (ctx: GatewayContext) => forward(gateway, ctx);
	const counter = createTokenCounter(gateway);
	return {
		createChatCompletion: forwarded,
		createCompletion: forwarded,
		createEmbedding: forwarded,
		createRerank: forwarded,
		createTranscription: forwarded,
		createTranslation: forwarded,
		createSpeech: forwarded,
		...moderationHandlers(gateway),
		...imageHandlers(gateway),
		...tokenHandlers(gateway, counter),
		...messageHandlers(gateway, counter),
		...contentHandlers(gateway, counter),
		...ollamaHandlers(gateway, counter),
		...responseHandlers(gateway, counter),
		...conversationHandlers(gateway),
		...fileHandlers(gateway),
		...uploadHandlers(gateway),
		...responseSocketHandlers(gateway),
		...batchHandlers(gateway),
		...messageBatchHandlers(gateway),
		...realtimeHandlers(gateway),
		...callHandlers(gateway),
		...storedCompletionHandlers(gateway),
		...modelHandlers(gateway),
		...catalogueHandlers(gateway),
		...promptHandlers(gateway),
		...keyHandlers(gateway),
		...cacheHandlers(gateway),
		...lessonHandlers(gateway),
		...sessionHandlers(gateway),
		...webhookHandlers(gateway),
		...agentSessionHandlers(gateway),
		...usageHandlers(gateway),
		...greetingHandlers(gateway),
		...healthHandlers(gateway),
		...metricsHandlers(gateway),
		...documentHandlers(gateway),
	};
}

/**
 * Finds the handler of each operation in force: a plugin's, the contract's own, or forwarding for an operation that an overlay
 * adds with `x-upstream`.
 *
 * @returns handlers by operation id
 * @throws Error that names an operation without a handler
 */
export function resolveHandlers(
	operations: readonly Operation[],
	gateway: GatewayServices,
	fromPlugins: Record<string, OperationHandler>,
): Map<string, OperationHandler> {
	const own = contractHandlers(gateway) as Record<string, OperationHandler>;
	const handlers = new Map<string, OperationHandler>(
		operations.map(({ id, upstreamPath }) => {
			const handler = fromPlugins[id] ?? own[id] ?? (upstreamPath && ((ctx: GatewayContext) => forward(gateway, ctx)));
			if (!handler) throw new Error(`operation ${id} has no handler and no x-upstream`);
			return [id, handler];
		}),
	);
	return handlers.set(passthroughId, (ctx) => passThrough(gateway, ctx));
}
