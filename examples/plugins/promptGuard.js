/**
 * Refuses prompts that are longer than you want to pay for, before they reach the upstream.
 *
 *   llmw --plugin './examples/plugins/promptGuard.js={"maxCharacters":20000}'
 *
 * Counts the text of all messages, whichever API the client speaks (inline images and audio are not text).
 */
import { chatRequest, definePlugin, GatewayError } from "llmgw";

export default definePlugin({
	name: "prompt-guard",
	stage: "validated",
	options: {
		type: "object",
		additionalProperties: false,
		properties: { maxCharacters: { type: "integer", minimum: 1, default: 20_000 } },
	},
	middleware({ maxCharacters }) {
		return (ctx, next) => {
			const json = ctx.state.exchange.body?.json ?? {};
			const request = chatRequest(ctx);
			// Text completions are no chat.
			const characters = request ? sum(request.messages, ({ parts }) => lengthOf(parts)) : lengthOf(json.prompt);
			const param = ["messages", "input", "contents", "prompt"].find((name) => name in json);
			if (characters > maxCharacters)
				throw new GatewayError(400, `The prompt has ${characters} characters; at most ${maxCharacters} are allowed.`, {
					code: "prompt_too_long",
					param,
				});
			return next();
		};
	},
});

function lengthOf(content) {
	if (typeof content === "string") return content.length;
	if (Array.isArray(content)) return sum(content, lengthOf);
	// Results of tools have parts of their own.
	return lengthOf(content?.text ?? content?.parts ?? "");
}

function sum(list, lengthOfItem) {
	return list.reduce((length, item) => length + lengthOfItem(item), 0);
}
