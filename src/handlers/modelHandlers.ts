/** Models: what clients may ask for, in the shape that the client's vendor gives such lists. */
import { untagged } from "../admission/latestTag.js";
import { modelNamed } from "../dialects/gemini/path.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { bodyOf } from "../upstream/sentBody.js";
import { claudeNames } from "./claudeNames.js";
import { codexModels } from "./codexModels.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf, type ModelShape, modelAs, shapeFor } from "./modelShapes.js";
import { modelSource } from "./modelSources.js";
import { ollamaVersion } from "./ollamaModels.js";

type ModelHandlers = Pick<
	Handlers,
	| "listModels"
	| "retrieveModel"
	| "listGeminiModels"
	| "retrieveGeminiModel"
	| "listOllamaModels"
	| "listRunningOllamaModels"
	| "showOllamaModel"
	| "getOllamaVersion"
>;

export function modelHandlers(gateway: GatewayServices): ModelHandlers {
	const source = modelSource(gateway);
	const { routes } = gateway.upstreams;
	const list = async (ctx: GatewayContext, shape: ModelShape) => {
		const found = await source.list(ctx, shape);
		if ("whole" in found) return found.whole as never;
		return (Array.isArray(found) ? listOf(claudeNames(ctx, found, routes), shape, ctx.query) : found) as never;
	};
	const retrieve = async (ctx: GatewayContext, shape: ModelShape, id: string) => {
		const name = routes.nameOf(id);
		ctx.state.exchange.caller?.checkModel(name);
		const found = await source.find(ctx, name, shape);
		if (!("id" in found)) return found as never;
		return modelAs(name === id ? found : { ...found, id }, shape) as never;
	};
	const named = ({ params: { model = "" } }: GatewayContext) => model;
	return {
		async listModels(ctx) {
			if (ctx.query.client_version === undefined) return list(ctx, shapeFor(ctx.req.headers));
			const models = await source.list(ctx, "codex");
			return codexModels(ctx, Array.isArray(models) ? models : []) as never;
		},
		retrieveModel: (ctx) => retrieve(ctx, shapeFor(ctx.req.headers), named(ctx)),
		listGeminiModels: (ctx) => list(ctx, "google"),
		listOllamaModels: (ctx) => list(ctx, "ollama"),
		async listRunningOllamaModels(ctx) {
			const found = (await source.running(ctx)) ?? { whole: { models: [] } };
			return ("whole" in found ? found.whole : found) as never;
		},
		showOllamaModel: (ctx) => retrieve(ctx, "ollama", shownModel(ctx, gateway)),
		getOllamaVersion: () => ({ version: ollamaVersion }),
		retrieveGeminiModel: (ctx) => retrieve(ctx, "google", modelNamed(named(ctx))),
	};
}

/** Older clients call it `name`, which Ollama knows as well. @throws GatewayError 400 */
function shownModel({ state: { exchange } }: GatewayContext, { upstreams }: GatewayServices): string {
	const { json = {} } = exchange.body ?? {};
	const given = json.model || json.name;
	if (typeof given !== "string" || given === "")
		throw new GatewayError(400, "model must be the name of a model", { code: "invalid_value", param: "model" });
	const id = untagged(given, upstreams);
	if (json.model !== id) exchange.body = bodyOf({ ...json, model: id }, exchange.operation?.dialect);
	return id;
}
