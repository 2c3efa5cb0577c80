/** Models: the public names of routes or, if everything goes to one upstream unchanged, that upstream's own list. */

import { headersForUpstreams } from "../admission/resolution.js";
import { notFound } from "../contract/operation.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Route, Routing, Target, TargetGroup } from "../settings/routes.js";
import { namesOf, sentModel } from "../settings/sentModel.js";
import { collect } from "../streaming/delivery.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { modelLists } from "../upstream/modelLists.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";

type ModelHandlers = Pick<Handlers, "listModels" | "retrieveModel">;
type Model = Exclude<Awaited<ReturnType<Handlers["retrieveModel"]>>, ResponseStream>;

const maxListBytes = 16 * 1024 * 1024;

export function modelHandlers(gateway: GatewayServices): ModelHandlers {
	return hasOneUpstream(gateway.settings.routing) ? upstreamModels(gateway) : routeModels(gateway);
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

function upstreamModels(gateway: GatewayServices): ModelHandlers {
	return {
		async listModels(ctx) {
			const answer = await forward(gateway, ctx);
			const { caller } = ctx.state.exchange;
			if (!caller?.isForSomeModels || answer.status !== 200) return answer;
			const models = readList(await collect(answer, maxListBytes));
			ctx.state.exchange.answer = undefined;
			return { object: "list", data: models.filter(({ id }) => caller.allowsModel(id)) };
		},
		async retrieveModel(ctx) {
			ctx.state.exchange.caller?.checkModel(ctx.params.model);
			const answer = await forward(gateway, ctx);
			// vLLM, llama.cpp and TGI serve only the list.
			if (answer.status !== 404 && answer.status !== 405) return answer;
			await collect(answer, maxListBytes);
			return findInList(gateway, ctx);
		},
	};
}

async function findInList(gateway: GatewayServices, ctx: GatewayContext): Promise<Model | ResponseStream> {
	const answer = await forward(gateway, ctx, "/models");
	if (answer.status !== 200) return answer;
	const models = readList(await collect(answer, maxListBytes));
	ctx.state.exchange.answer = undefined;
	return modelNamed(models, ctx);
}

function readList(bytes: Buffer): Model[] {
	try {
		const { data } = JSON.parse(bytes.toString()) as { data?: unknown };
		return Array.isArray(data) ? data.filter(isModel) : [];
	} catch {
		return [];
	}
}

function isModel(entry: unknown): entry is Model {
	return typeof (entry as Partial<Model> | null)?.id === "string";
}

function modelNamed(models: readonly Model[], { params }: GatewayContext): Model {
	const model = models.find(({ id }) => id === params.model);
	if (!model) throw notFound(`The model '${params.model}' does not exist.`, "model_not_found", "model");
	return model;
}

function routeModels({ upstreams, settings }: GatewayServices): ModelHandlers {
	const { routes } = upstreams;
	const lists = modelLists(upstreams, settings.routing, (answer) => collect(answer, maxListBytes).then(readList));
	const named = [...new Set([...routes.exactNames(), ...routes.patterns()].flatMap(({ route }) => targetsOf(route)))];
	/** @returns each upstream's list by its name, requested in parallel */
	const listsOf = async (ctx: GatewayContext): Promise<Map<string, Model[]>> => {
		const requester = { req: { headers: headersForUpstreams(ctx.state.exchange) }, state: ctx.state };
		const targets = new Map(named.map((target) => [target.upstream, target]));
		return new Map(
			await Promise.all([...targets].map(async ([name, target]) => [name, await lists(target, requester)] as const)),
		);
	};
	const all = async (ctx: GatewayContext): Promise<Model[]> => {
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
	/** @returns the models that the caller may use */
	const allowed = async (ctx: GatewayContext): Promise<Model[]> => {
		const { caller } = ctx.state.exchange;
		const models = await all(ctx);
		if (caller === undefined) return models;
		return models.filter(({ id }) => caller.allowsModel(id) && caller.allowsRoute(routes.find(id)?.name ?? ""));
	};
	return {
		listModels: async (ctx) => ({ object: "list", data: await allowed(ctx) }),
		async retrieveModel(ctx) {
			const { caller } = ctx.state.exchange;
			caller?.checkModel(ctx.params.model);
			const route = routes.find(ctx.params.model);
			if (route) caller?.checkRoute(route.name);
			return modelNamed(await all(ctx), ctx);
		},
	};
}

/** @returns the model as described by the first upstream that lists it, under its public name */
function described(name: string, route: Route, listsByUpstream: ReadonlyMap<string, Model[]>): Model {
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
