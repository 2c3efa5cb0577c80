/**
 * Models: the public names of routes or, if everything goes to one upstream unchanged, that upstream's own list; in the shape
 * that the client's vendor gives such lists.
 */

import { headersForUpstreams } from "../admission/resolution.js";
import { notFound } from "../contract/operation.js";
import { modelNamed } from "../dialects/gemini/path.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Route, Routing, Target, TargetGroup } from "../settings/routes.js";
import { namesOf, sentModel } from "../settings/sentModel.js";
import { collect } from "../streaming/delivery.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { type ListedModel, modelsIn } from "../upstream/listedModels/modelsIn.js";
import { modelLists } from "../upstream/modelLists.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf, type ModelShape, modelAs, shapeFor } from "./modelShapes.js";

type ModelHandlers = Pick<Handlers, "listModels" | "retrieveModel" | "listGeminiModels" | "retrieveGeminiModel">;

/** Where models come from. */
interface ModelSource {
	/** All that the caller may use; in the upstream's own words where nothing has to be changed. */
	list(ctx: GatewayContext, shape: ModelShape): Promise<ListedModel[] | ResponseStream>;
	/** @throws GatewayError 404 */
	find(ctx: GatewayContext, id: string, shape: ModelShape): Promise<ListedModel | ResponseStream>;
}

const maxListBytes = 16 * 1024 * 1024;

export function modelHandlers(gateway: GatewayServices): ModelHandlers {
	const source = hasOneUpstream(gateway.settings.routing) ? upstreamModels(gateway) : routeModels(gateway);
	const list = async (ctx: GatewayContext, shape: ModelShape) => {
		const found = await source.list(ctx, shape);
		return (Array.isArray(found) ? listOf(found, shape, ctx.query) : found) as never;
	};
	const retrieve = async (ctx: GatewayContext, shape: ModelShape, id: string) => {
		ctx.state.exchange.caller?.checkModel(id);
		const found = await source.find(ctx, id, shape);
		return ("id" in found ? modelAs(found, shape) : found) as never;
	};
	const named = ({ params: { model = "" } }: GatewayContext) => model;
	return {
		listModels: (ctx) => list(ctx, shapeFor(ctx.req.headers)),
		retrieveModel: (ctx) => retrieve(ctx, shapeFor(ctx.req.headers), named(ctx)),
		listGeminiModels: (ctx) => list(ctx, "google"),
		retrieveGeminiModel: (ctx) => retrieve(ctx, "google", modelNamed(named(ctx))),
	};
}

/** Whether every request goes to the same upstream under the model name that the client sent. */
function hasOneUpstream({ upstreams, routes: [route, ...others] }: Routing): boolean {
	const target = route?.stages[0]?.targets[0];
	return (
		upstreams.length === 1 &&
		others.length === 0 &&
		route?.models.includes("*") === true &&
		route.stages.length === 1 &&
		route.stages[0]?.targets.length === 1 &&
		target?.kind === "target" &&
		target.model === undefined
	);
}

function upstreamModels(gateway: GatewayServices): ModelSource {
	const { upstreams, settings } = gateway;
	const target = settings.routing.routes[0]?.stages[0]?.targets[0] as Target;
	const own: ModelShape = upstreams.of(target).provider.modelShape ?? "openai";
	const lists = modelLists(upstreams, settings.routing, readAnswer);
	const allowed = (ctx: GatewayContext, models: readonly ListedModel[]) => {
		const { caller } = ctx.state.exchange;
		return models.filter(({ id }) => caller?.allowsModel(id) ?? true);
	};
	const listed = async (ctx: GatewayContext) => allowed(ctx, await lists(target, requesterOf(ctx)));
	return {
		async list(ctx, shape) {
			if (shape !== own) return listed(ctx);
			const answer = await forward(gateway, ctx);
			const { caller } = ctx.state.exchange;
			if (!caller?.isForSomeModels || answer.status !== 200) return answer;
			const models = await readAnswer(answer);
			ctx.state.exchange.answer = undefined;
			return allowed(ctx, models);
		},
		async find(ctx, id, shape) {
			if (shape !== own) return modelWith(await listed(ctx), id);
			const answer = await forward(gateway, ctx);
			// vLLM, llama.cpp and TGI serve only the list.
			if (answer.status !== 404 && answer.status !== 405) return answer;
			await collect(answer, maxListBytes);
			const list = await forward(gateway, ctx, "/models");
			if (list.status !== 200) return list;
			const models = await readAnswer(list);
			ctx.state.exchange.answer = undefined;
			return modelWith(models, id);
		},
	};
}

async function readAnswer(answer: ResponseStream): Promise<ListedModel[]> {
	const bytes = await collect(answer, maxListBytes);
	try {
		return modelsIn(JSON.parse(bytes.toString())) ?? [];
	} catch {
		return [];
	}
}

function requesterOf({ state }: GatewayContext) {
	return { req: { headers: headersForUpstreams(state.exchange) }, state };
}

function modelWith(models: readonly ListedModel[], id: string): ListedModel {
	const model = models.find((one) => one.id === id);
	if (!model) throw notFound(`The model '${id}' does not exist.`, "model_not_found", "model");
	return model;
}

function routeModels({ upstreams, settings }: GatewayServices): ModelSource {
	const { routes } = upstreams;
	const lists = modelLists(upstreams, settings.routing, readAnswer);
	const named = [...new Set([...routes.exactNames(), ...routes.patterns()].flatMap(({ route }) => targetsOf(route)))];
	/** @returns each upstream's list by its name, requested in parallel */
	const listsOf = async (ctx: GatewayContext): Promise<Map<string, ListedModel[]>> => {
		const requester = requesterOf(ctx);
		const targets = new Map(named.map((target) => [target.upstream, target]));
		return new Map(
			await Promise.all([...targets].map(async ([name, target]) => [name, await lists(target, requester)] as const)),
		);
	};
	const all = async (ctx: GatewayContext): Promise<ListedModel[]> => {
		const listsByUpstream = await listsOf(ctx);
		const modelsById = new Map(
			routes.exactNames().map(({ name, route }) => [name, described(name, route, listsByUpstream)]),
		);
		for (const { route } of routes.patterns())
			for (const target of targetsOf(route))
				for (const model of listsByUpstream.get(target.upstream) ?? [])
					for (const id of namesOf(target, model.id))
						if (routes.find(id) === route && !modelsById.has(id))
							modelsById.set(id, id === model.id ? model : { ...model, id });
		return [...modelsById.values()];
	};
	return {
		async list(ctx) {
			const { caller } = ctx.state.exchange;
			const models = await all(ctx);
			if (caller === undefined) return models;
			return models.filter(({ id }) => caller.allowsModel(id) && caller.allowsRoute(routes.find(id)?.name ?? ""));
		},
		async find(ctx, id) {
			const { caller } = ctx.state.exchange;
			const route = routes.find(id);
			if (route) caller?.checkRoute(route.name);
			return modelWith(await all(ctx), id);
		},
	};
}

/** @returns the model as described by the first upstream that lists it, under its public name */
function described(name: string, route: Route, listsByUpstream: ReadonlyMap<string, ListedModel[]>): ListedModel {
	for (const target of targetsOf(route)) {
		const sent = sentModel(target, name);
		const found = listsByUpstream.get(target.upstream)?.find(({ id }) => id === sent);
		if (found) return { ...found, id: name };
	}
	return { id: name, object: "model", created: 0, owned_by: "llmgw" };
}

function targetsOf({ stages }: Route): Target[] {
	const leaves = (member: Target | TargetGroup): Target[] =>
		member.kind === "target" ? [member] : member.targets.flatMap(leaves);
	return stages.flatMap(leaves);
}
