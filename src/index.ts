/** What a plugin author imports: `import { definePlugin } from "llmgw"`. */

export type { Overlay, OverlayAction } from "./contract/overlay.js";
export { mapCompletionText, type TextMapper } from "./dialects/openai/mapText.js";
export { GatewayError } from "./errors/gatewayError.js";
export type { Exchange } from "./exchange/exchange.js";
export type { Caller } from "./keys/caller.js";
export type {
	GatewayContext,
	GatewayMiddleware,
	GatewayServices,
	HandlerResult,
	OperationHandler,
	Plugin,
	Stage,
} from "./plugin.js";
export { definePlugin } from "./plugin.js";
export type { Observer, ResponseStream as Answer, Transform } from "./streaming/responseStream.js";
