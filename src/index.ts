/** What a plugin author imports: `import { definePlugin } from "llmgw"`. */

export type { Overlay, OverlayAction } from "./contract/overlay.js";
export { mapCompletionText } from "./dialects/mapText.js";
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
export type { Piece } from "./streaming/piece.js";
export { unread } from "./streaming/piece.js";
export type { ResponseStream as Answer } from "./streaming/responseStream.js";
export type { Observer, TextMapper, Transform } from "./streaming/transform.js";
