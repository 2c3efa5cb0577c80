/** What a plugin author imports: `import { definePlugin } from "llmgw"`. */

export type { ChatEvent } from "./chat/event.js";
export type { ChatRequest } from "./chat/request.js";
export type { Overlay, OverlayAction } from "./contract/overlay.js";
export { GatewayError } from "./errors/gatewayError.js";
export type {
	Plugin,
	PluginAnswer,
	PluginCaller,
	PluginContext,
	PluginContract,
	PluginExchange,
	PluginHandler,
	PluginLog,
	PluginMiddleware,
	PluginOperation,
	PluginTools,
	Stage,
} from "./plugin.js";
export { definePlugin } from "./plugin.js";
export {
	type AnswerListener,
	type AnswerTransform,
	changeAnswer,
	mapCompletionText,
	watchAnswer,
} from "./pluginApi/answer.js";
export { type AnswerHead, type AnswerPart, answerWith } from "./pluginApi/answerWith.js";
export { chatRequest } from "./pluginApi/chatRequest.js";
export { replaceBody } from "./pluginApi/replaceBody.js";
export { requestTexts } from "./pluginApi/requestTexts.js";
export type { TextMapper } from "./streaming/transform.js";
