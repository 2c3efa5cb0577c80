/**
 * Refuses prompts that are longer than you want to pay for, before they reach the upstream.
 *
 *   llmw --plugin './examples/plugins/promptGuard.js={"maxCharacters":20000}'
 *
 * Counts the text of all messages, whichever API the client speaks, and of what is ranked, judged, spoken or drawn (inline images
 * and audio are not text).
 */
import { definePlugin, GatewayError, requestTexts } from "llmgw";

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
			const characters = requestTexts(ctx).reduce((sum, text) => sum + text.length, 0);
			const param = ["messages", "input", "contents", "prompt", "documents"].find((name) => name in json);
			if (characters > maxCharacters)
				throw new GatewayError(400, `The prompt has ${characters} characters; at most ${maxCharacters} are allowed.`, {
					code: "prompt_too_long",
					param,
				});
			return next();
		};
	},
});
