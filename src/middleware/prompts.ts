/** Puts a prompt that the gateway keeps into a chat completion's request, before it is validated and gets its defaults. */

import type { JsonBody } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { clientGone, GatewayError } from "../errors/gatewayError.js";
import { largeBytes, ownTurn } from "../json/turns.js";
import { writeJson } from "../json/writeJson.js";
import { ownerOf } from "../keys/owner.js";
import { expandRequest } from "../prompts/expand.js";
import type { PromptReference } from "../prompts/promptLibrary.js";
import { versionId } from "../prompts/promptResource.js";
import { renderPrompt } from "../prompts/render.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const prompts = defineLink({
	name: "prompts",
	stage: "validated",
	middleware: (gateway) => (ctx, next) => {
		const { operation, body } = ctx.state.exchange;
		// In the older text completions `prompt` is the text itself.
		if (!body?.json.prompt || operation?.dialect !== openaiChat) return next();
		return expand(gateway, ctx, operation, body).then(next);
	},
});

async function expand(
	{ prompts, settings }: GatewayServices,
	ctx: GatewayContext,
	operation: Operation,
	body: JsonBody,
): Promise<void> {
	// What is wrong with the client's own part is told with the client's own places.
	operation.validateBody(body.json);
	const { variables = {}, ...reference } = body.json.prompt as PromptReference & { variables?: object };
	const { record, number, compiled } = await prompts.find(ownerOf(ctx), reference, "prompt.");
	const name = `${record.name}@${number}`;
	ctx.set("x-llmgw-prompt", versionId(record.id, number));
	ctx.state.exchange.tags.prompt = name;
	const maxBytes = Math.min(operation.maxBodyBytes ?? settings.maxBodyBytes, settings.maxBodyBytes);
	const options = { name, place: "prompt.variables", maxCharacters: maxBytes };
	const isLarge = body.bytes.length >= largeBytes;
	if (isLarge) await ownTurn();
	const json = expandRequest(body.json, renderPrompt(compiled, variables as Record<string, unknown>, options));
	checkExpanded(operation, json, name);
	const bytes = isLarge ? await writeJson(json, () => endIfGone(ctx)) : Buffer.from(JSON.stringify(json));
	if (bytes.length > maxBytes)
		throw new GatewayError(413, `With prompt ${name} the body is larger than ${maxBytes} bytes.`, {
			code: "body_too_large",
			param: "prompt",
		});
	ctx.state.exchange.bodyHold?.add(Math.max(0, bytes.length - body.bytes.length));
	ctx.state.exchange.body = { json, bytes };
	ctx.request.body = json;
}

function endIfGone({ state }: GatewayContext): void {
	if (state.exchange.isClosed) throw clientGone();
}

/** The contract may have become stricter since the prompt was written: then its reader has to know where to look. */
function checkExpanded(operation: Operation, json: object, prompt: string): void {
	try {
		operation.validateBody(json);
	} catch (error) {
		if (!(error instanceof GatewayError)) throw error;
		const { status, message, code, param, hint } = error;
		throw new GatewayError(status, `With prompt ${prompt}: ${message}`, { code: code ?? "", param: param ?? "", hint });
	}
}
