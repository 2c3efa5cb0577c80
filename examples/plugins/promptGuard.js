/**
 * Refuses prompts that are longer than you want to pay for, before they reach the upstream.
 *
 *   llmw --plugin './examples/plugins/promptGuard.js={"maxCharacters":20000}'
 *
 * Counts the text of all messages (inline images and audio are not text).
 */
import { definePlugin, GatewayError } from "llmgw";

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
			const { messages, prompt } = ctx.state.exchange.body?.json ?? {};
			const [param, text] = messages ? ["messages", messages.map(({ content }) => content)] : ["prompt", prompt];
			const characters = lengthOf(text);
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
	if (Array.isArray(content)) return content.reduce((sum, part) => sum + lengthOf(part), 0);
	return typeof content?.text === "string" ? content.text.length : 0;
}
