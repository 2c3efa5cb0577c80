/** All handlers by operationId. An operation of openapi.yaml without one, or one of the wrong shape, does not compile. */
import type { Operation } from "../contract/operation.js";
import type { GatewayContext, GatewayServices, OperationHandler } from "../plugin.js";
import { documentHandlers } from "./documentHandlers.js";
import { forward } from "./forward.js";
import { greetingHandlers } from "./greetingHandlers.js";
import type { Handlers } from "./handlerTypes.js";
import { healthHandlers } from "./healthHandlers.js";
import { keyHandlers } from "./keyHandlers.js";
import { messageHandlers } from "./messageHandlers.js";
import { metricsHandlers } from "./metricsHandlers.js";
import { modelHandlers } from "./modelHandlers.js";
import { promptHandlers } from "./promptHandlers.js";
import { sessionHandlers } from "./sessionHandlers.js";
import { storedCompletionHandlers } from "./storedCompletionHandlers.js";
import { usageHandlers } from "./usageHandlers.js";

/** A handler for each operation of openapi.yaml; the compiler sees to it that none is missing. */
export function contractHandlers(gateway: GatewayServices): Handlers {
	const forwarded = (ctx: GatewayContext) => forward(gateway, ctx);
	return {
		createChatCompletion: forwarded,
		createCompletion: forwarded,
		createEmbedding: forwarded,
		...messageHandlers(gateway),
		...storedCompletionHandlers(gateway),
		...modelHandlers(gateway),
		...promptHandlers(gateway),
		...keyHandlers(gateway),
		...sessionHandlers(gateway),
		...usageHandlers(gateway),
		...greetingHandlers(gateway),
		...healthHandlers(gateway),
		...metricsHandlers(gateway),
		...documentHandlers(gateway),
	};
}

/**
 * The handler of each operation in force: the contract's own, a plugin's, or, for an operation that an overlay adds
 * with `x-upstream`, forwarding.
 *
 * @throws Error that names an operation nobody handles.
 */
export function resolveHandlers(
	operations: readonly Operation[],
	gateway: GatewayServices,
	fromPlugins: Record<string, OperationHandler>,
): Map<string, OperationHandler> {
	const own = contractHandlers(gateway) as Record<string, OperationHandler>;
	return new Map(
		operations.map(({ id, upstreamPath }) => {
			const handler = fromPlugins[id] ?? own[id] ?? (upstreamPath && ((ctx: GatewayContext) => forward(gateway, ctx)));
			if (!handler) throw new Error(`operation ${id} has no handler and no x-upstream`);
			return [id, handler];
		}),
	);
}
