/**
 * Where models of lists come from: the routes' public names or, if everything goes to one upstream unchanged, that upstream's
 * own list.
 */
import { headersForUpstreams } from "../admission/resolution.js";
import { ollamaModels } from "../dialects/ollama/index.js";
import { notFound } from "../errors/notFound.js";
import { isObject } from "../json/isObject.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Route, Routing, Target, TargetGroup } from "../settings/routes.js";
import { namesOf, sentModel } from "../settings/sentModel.js";
import { collect } from "../streaming/delivery.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { type ListedModel, modelsIn } from "../upstream/listedModels/modelsIn.js";
import { modelLists } from "../upstream/modelLists.js";
import { forward } from "./forward.js";
import { type ModelTarget, modelDescriber } from "./knownModels.js";
import type { ModelShape } from "./modelShapes.js";

/** A name that clients can ask for, and where it leads. */
export interface PublicModel {
	readonly id: string;
	readonly route: Route;
	readonly targets: readonly ModelTarget[];
}

export interface ModelSource {
	/** All there are, whoever may use them. */
	all(ctx: GatewayContext): Promise<readonly PublicModel[]>;
	/** All that the caller may use; in the upstream's own words where nothing has to be changed. */
	list(ctx: GatewayContext, shape: ModelShape): Promise<readonly ListedModel[] | ResponseStream | { whole: object }>;
	/** Those that are loaded, as Ollama lists them; undefined where no one Ollama could say it. */
	running(ctx: GatewayContext): Promise<ResponseStream | { whole: object } | undefined>;
	/** @throws GatewayError 404 */
	find(ctx: GatewayContext, id: string, shape: ModelShape): Promise<ListedModel | ResponseStream>;
}

const maxListBytes = 16 * 1024 * 1024;

export function modelSource(gateway: GatewayServices): ModelSource {
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

function upstreamModels(gateway: GatewayServices): ModelSource {
	const { upstreams, settings } = gateway;
	const [route] = settings.routing.routes as [Route];
	const target = route.stages[0]?.targets[0] as Target;
	const { provider } = upstreams.of(target);
	/** That in which its list can be passed on as it comes. */
	const own: ModelShape | undefined = provider.listing === undefined ? (provider.modelShape ?? "openai") : undefined;
	const lists = modelLists(upstreams, settings.routing, readModels);
	const describe = modelDescriber(gateway);
	const described = (entry: ListedModel) => describe(entry, [{ target, entry }]);
	const allowed = (ctx: GatewayContext, models: readonly ListedModel[]) => {
		const { caller } = ctx.state.exchange;
		return models.filter(({ id }) => caller?.allowsModel(id) ?? true).map(described);
	};
	const listed = async (ctx: GatewayContext) => allowed(ctx, await lists(target, requesterOf(ctx)));
	/** Its list says less than is known. Other vendors' own lists say all that they know. */
	const isToBeDescribed = () => own === "openai" && upstreams.catalogue.describes(target);
	/** The body of an answer that the client gets in other words. */
	const bodyOf = async (ctx: GatewayContext, answer: ResponseStream): Promise<unknown> => {
		const bytes = await collect(answer, maxListBytes);
		ctx.state.exchange.answer = undefined;
		return parsed(bytes);
	};
	const isOllama = () => speaksOllama(gateway, target);
	/** What Ollama itself lists, but for what the caller may not use. */
	const ollamaLists = async (ctx: GatewayContext) => {
		const answer = await shownBy(gateway, ctx);
		const { caller } = ctx.state.exchange;
		if (answer?.status !== 200 || caller?.isForSomeModels !== true) return answer;
		const json = await bodyOf(ctx, answer);
		const models = isObject(json) && Array.isArray(json.models) ? json.models.filter(isObject) : [];
		return { whole: { models: models.filter(({ model, name }) => caller.allowsModel(String(model ?? name))) } };
	};
	return {
		running: async (ctx) => (isOllama() ? ollamaLists(ctx) : undefined),
		async all(ctx) {
			const entries = await lists(target, requesterOf(ctx));
			return entries.map((entry) => ({ id: entry.id, route, targets: [{ target, entry }] }));
		},
		async list(ctx, shape) {
			if (shape === "ollama" && isOllama()) return (await ollamaLists(ctx)) ?? listed(ctx);
			if (shape !== own) return listed(ctx);
			const answer = await forward(gateway, ctx);
			const isForSome = ctx.state.exchange.caller?.isForSomeModels === true;
			if (answer.status !== 200 || !(isForSome || isToBeDescribed())) return answer;
			const json = await bodyOf(ctx, answer);
			const shown = allowed(ctx, modelsIn(json) ?? []);
			return isForSome || !isObject(json) || !Array.isArray(json.data) ? shown : { whole: { ...json, data: shown } };
		},
		async find(ctx, id, shape) {
			const shown = shape === "ollama" && isOllama() ? await shownBy(gateway, ctx) : undefined;
			if (shown !== undefined) return shown;
			if (shape !== own) return modelWith(await listed(ctx), id);
			const answer = await forward(gateway, ctx);
			// vLLM, llama.cpp and TGI serve only the list.
			if (answer.status === 404 || answer.status === 405) {
				await collect(answer, maxListBytes);
				const list = await forward(gateway, ctx, { path: "/models" });
				return list.status === 200 ? described(modelWith(modelsIn(await bodyOf(ctx, list)) ?? [], id)) : list;
			}
			if (answer.status !== 200 || !isToBeDescribed()) return answer;
			const [model] = modelsIn([await bodyOf(ctx, answer)]) ?? [];
			return described(model ?? modelWith([], id));
		},
	};
}

const readModels = { answer: readAnswer, json: (list: unknown) => modelsIn(list) ?? [] };

async function readAnswer(answer: ResponseStream): Promise<ListedModel[]> {
	return modelsIn(parsed(await collect(answer, maxListBytes))) ?? [];
}

function parsed(bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString());
	} catch {
		return undefined;
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

type Lists = ReadonlyMap<string, readonly ListedModel[]>;

function routeModels(gateway: GatewayServices): ModelSource {
	const { upstreams, settings } = gateway;
	const { routes } = upstreams;
	const lists = modelLists(upstreams, settings.routing, readModels);
	const describe = modelDescriber(gateway);
	const named = [...new Set([...routes.exactNames(), ...routes.patterns()].flatMap(({ route }) => targetsOf(route)))];
	/** @returns each upstream's list by its name, requested in parallel */
	const listsOf = async (ctx: GatewayContext): Promise<Lists> => {
		const requester = requesterOf(ctx);
		const targets = new Map(named.map((target) => [target.upstream, target]));
		return new Map(
			await Promise.all([...targets].map(async ([name, target]) => [name, await lists(target, requester)] as const)),
		);
	};
	const all = async (ctx: GatewayContext): Promise<PublicModel[]> => {
		const listsByUpstream = await listsOf(ctx);
		const routesById = new Map(routes.exactNames().map(({ name, route }) => [name, route]));
		for (const { route } of routes.patterns())
			for (const target of targetsOf(route))
				for (const model of listsByUpstream.get(target.upstream) ?? [])
					for (const id of namesOf(target, model.id))
						if (routes.find(id) === route && !routesById.has(id)) routesById.set(id, route);
		return [...routesById].map(([id, route]) => ({ id, route, targets: entriesFor(id, route, listsByUpstream) }));
	};
	const described = async (ctx: GatewayContext): Promise<ListedModel[]> =>
		(await all(ctx)).map(({ id, targets }) => {
			const entry = targets.find((one) => one.entry !== undefined)?.entry;
			return describe({ ...(entry ?? unlisted), id }, targets);
		});
	/** All that could answer for the model is one Ollama, which knows it best. */
	const isOllamas = (route: Route) => {
		const [target, ...others] = targetsOf(route);
		return target !== undefined && others.length === 0 && speaksOllama(gateway, target);
	};
	return {
		all,
		running: async () => undefined,
		async list(ctx) {
			const { caller } = ctx.state.exchange;
			const models = await described(ctx);
			if (caller === undefined) return models;
			return models.filter(({ id }) => caller.allowsModel(id) && caller.allowsRoute(routes.find(id)?.name ?? ""));
		},
		async find(ctx, id, shape) {
			const { caller } = ctx.state.exchange;
			const route = routes.find(id);
			if (route) caller?.checkRoute(route.name);
			const isOwn = shape === "ollama" && route !== undefined && isOllamas(route);
			const shown = isOwn ? await shownBy(gateway, ctx) : undefined;
			if (shown !== undefined) return shown;
			return modelWith(await described(ctx), id);
		},
	};
}

/** What Ollama itself says of a model; undefined where it says nothing, as servers that only follow it do. */
async function shownBy(gateway: GatewayServices, ctx: GatewayContext): Promise<ResponseStream | undefined> {
	const answer = await forward(gateway, ctx);
	if (answer.status !== 404) return answer;
	await collect(answer, maxListBytes);
	ctx.state.exchange.answer = undefined;
	return undefined;
}

function speaksOllama({ upstreams }: GatewayServices, target: Target): boolean {
	return upstreams.of(target).provider.dialects.includes(ollamaModels);
}

const unlisted = { object: "model", created: 0, owned_by: "llmgw" };

/** A route's targets, each with its upstream's entry of the model. */
function entriesFor(name: string, route: Route, listsByUpstream: Lists): ModelTarget[] {
	return targetsOf(route).map((target) => {
		const sent = sentModel(target, name);
		return { target, entry: listsByUpstream.get(target.upstream)?.find(({ id }) => id === sent) };
	});
}

export function targetsOf({ stages }: Pick<Route, "stages">): Target[] {
	const leaves = (member: Target | TargetGroup): Target[] =>
		member.kind === "target" ? [member] : member.targets.flatMap(leaves);
	return stages.flatMap(leaves);
}
