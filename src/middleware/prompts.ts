/** Puts a prompt that the gateway keeps into a chat completion's request, or a response's, before it is validated and gets its defaults. */

import { targetsOf } from "../admission/tokenNeed.js";
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
import { type Rendering, renderPrompt } from "../prompts/render.js";
import { expandResponse, readResponsePrompt } from "../prompts/responsePrompt.js";
import { isKeptByUpstream } from "../responses/upstreamMemory.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

type Json = JsonBody["json"];

export const prompts = defineLink({
	name: "prompts",
	stage: "validated",
	middleware: (gateway) => (ctx, next) => {
		const { operation, body } = ctx.state.exchange;
		// In the older text completions `prompt` is the text itself.
		if (!body?.json.prompt || operation === undefined) return next();
		if (operation.dialect === openaiChat) return expand(gateway, ctx, operation, chatForm(body)).then(next);
		if (!ofResponses.has(operation.id)) return next();
		return expand(gateway, ctx, operation, responseForm(body, gateway)).then(next);
	},
});

const ofResponses: ReadonlySet<string> = new Set(["createResponse", "countResponseTokens", "compactResponse"]);

/** What a request says of its prompt, and how the prompt gets into it. */
interface PromptForm {
	readonly body: JsonBody;
	readonly reference: PromptReference;
	readonly variables: Record<string, unknown>;
	expand(rendering: Rendering): Json;
	/** A prompt that the gateway doesn't have may be one of the upstream's. */
	mayBeUpstreams(): boolean;
}

function chatForm(body: JsonBody): (operation: Operation) => PromptForm {
	return (operation) => {
		// Errors in the client's own part name the places as the client wrote them.
		operation.validateBody(body.json);
		const { variables = {}, ...reference } = body.json.prompt as PromptReference & {
			variables?: Record<string, unknown>;
		};
		return {
			body,
			reference,
			variables,
			expand: (rendering) => expandRequest(body.json, rendering),
			mayBeUpstreams: () => false,
		};
	};
}

function responseForm(body: JsonBody, { upstreams }: GatewayServices): (operation: Operation) => PromptForm {
	return () => {
		const prompt = readResponsePrompt(body.json.prompt);
		return {
			...prompt,
			body,
			expand: (rendering) => expandResponse(body.json, rendering, prompt),
			mayBeUpstreams() {
				const model = typeof body.json.model === "string" ? body.json.model : undefined;
				const route = upstreams.routes.find(model);
				return route !== undefined && isKeptByUpstream(route, targetsOf(route), upstreams, model);
			},
		};
	};
}

async function expand(
	{ prompts, settings }: GatewayServices,
	ctx: GatewayContext,
	operation: Operation,
	formOf: (operation: Operation) => PromptForm,
): Promise<void> {
	const { body, reference, variables, ...form } = formOf(operation);
	const found = await prompts.find(ownerOf(ctx), reference, "prompt.").catch((error: unknown) => {
		if (error instanceof GatewayError && error.code === "prompt_not_found" && form.mayBeUpstreams()) return undefined;
		throw error;
	});
	if (found === undefined) return;
	const { record, number, compiled } = found;
	const name = `${record.name}@${number}`;
	ctx.set("x-llmgw-prompt", versionId(record.id, number));
	ctx.state.exchange.tags.prompt = name;
	const maxBytes = Math.min(operation.maxBodyBytes ?? settings.maxBodyBytes, settings.maxBodyBytes);
	const options = { name, place: "prompt.variables", maxCharacters: maxBytes };
	const isLarge = body.bytes.length >= largeBytes;
	if (isLarge) await ownTurn();
	const json = form.expand(renderPrompt(compiled, variables, options));
	checkExpanded(operation, json, name);
	await replaceBody(ctx, { json, before: body, maxBytes, name });
}

async function replaceBody(
	ctx: GatewayContext,
	{ json, before, maxBytes, name }: { json: Json; before: JsonBody; maxBytes: number; name: string },
): Promise<void> {
	const isLarge = before.bytes.length >= largeBytes;
	const bytes = isLarge ? await writeJson(json, () => endIfGone(ctx)) : Buffer.from(JSON.stringify(json));
	if (bytes.length > maxBytes)
		throw new GatewayError(413, `With prompt ${name} the body is larger than ${maxBytes} bytes.`, {
			code: "body_too_large",
			param: "prompt",
		});
	ctx.state.exchange.bodyHold?.add(Math.max(0, bytes.length - before.bytes.length));
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
