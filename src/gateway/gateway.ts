/** Composition root: settings, contract, upstreams and chain are put together here, and only here. */
import { setTimeout as sleep } from "node:timers/promises";
import type Koa from "koa";
import { openPrices } from "../accounting/prices.js";
import { mayBeListed } from "../accounting/priceTable.js";
import { createUsageRecorder } from "../accounting/usageRecorder.js";
import { type BackgroundPort, createLocalBackground } from "../background/worker.js";
import { createAnswerCache } from "../cache/answerCache.js";
import { createBehind } from "../cache/behind.js";
import { createLocalMemory } from "../cache/local.js";
import type { SharedMemory } from "../cache/worker.js";
import { createCatalogue } from "../catalogue/catalogue.js";
import { type Contract, contractWith, nameOfContract } from "../contract/contract.js";
import { defaultModelOf } from "../contract/defaults.js";
import { namesOfOverlays } from "../contract/namesOfOverlays.js";
import type { LocatedOverlay } from "../contract/overlay.js";
import { createLocalSeals, type Seals } from "../dialects/seals.js";
import { GatewayError } from "../errors/gatewayError.js";
import { firstLine, messageOf, Problems } from "../errors/problem.js";
import { runAfterwards } from "../exchange/afterwards.js";
import { bodyBudgetOf, createBodyBudget } from "../exchange/bodyBudget.js";
import { LocalFiles } from "../files/localFiles.js";
import { resolveHandlers } from "../handlers/handlers.js";
import { createKeyUsage } from "../keys/lastUse.js";
import type { Passes } from "../keys/passes/worker.js";
import type { Keys } from "../keys/worker.js";
import type { Counter } from "../limits/counter.js";
import type { Ledger } from "../limits/ledger.js";
import { createLocalMetrics, type Metrics } from "../metrics/worker.js";
import type {
	GatewayMiddleware,
	GatewayServices,
	GatewayState,
	OperationHandler,
	RouteParameters,
} from "../middleware/link.js";
import type { PluginMiddleware } from "../plugin.js";
import { createPromptLibrary } from "../prompts/promptLibrary.js";
import { createLocalReplay } from "../replay/local.js";
import type { Replays } from "../replay/worker.js";
import { createThreads } from "../responses/threads.js";
import { createLocalSessions, type Sessions } from "../sessions/worker.js";
import type { Settings } from "../settings/settings.js";
import { ClientSockets } from "../sockets/clientSockets.js";
import type { TurnPaths } from "../sockets/turn.js";
import { createLocalSockets, type SocketPlaces } from "../sockets/worker.js";
import { lazyStore } from "../store/lazyStore.js";
import { ResponseStream } from "../streaming/responseStream.js";
import type { Tracing } from "../tracing/requestTrace.js";
import type { UpstreamStates } from "../upstream/health/states.js";
import type { Lessons } from "../upstream/lessons/worker.js";
import { createDefaultModel } from "../upstream/listedModels/defaultModel.js";
import { createNoModels, type ListedModels } from "../upstream/listedModels/worker.js";
import type { Warmth } from "../upstream/promptCache/worker.js";
import type { Tokens } from "../upstream/tokens/tokens.js";
import { Upstreams } from "../upstream/upstreams.js";
import { Application } from "./application.js";
import { createBackground } from "./background.js";
import { type ChainLink, chainInForce } from "./chain.js";
import { type LoadedPlugin, loadPlugins, placeInOverlay } from "./loadPlugins.js";
import { pluginTools } from "./pluginTools.js";

/** Services that a gateway gets from the process it lives in. */
/** How long upstreams are waited for that are told of the end of their calls. */
const callsMs = 1_000;

export interface Surroundings {
	counter: Counter;
	ledger: Ledger;
	states: UpstreamStates;
	/** Without it the gateway counts for itself alone. */
	metrics?: Metrics | undefined;
	tracing?: Tracing | undefined;
	keys: Keys;
	/** Without it only this process's requests are known. */
	sessions?: Sessions | undefined;
	/** Without it this process takes over only what it has left itself. */
	background?: BackgroundPort | undefined;
	/** Without it answers are shared in this process alone. */
	replays?: Replays | undefined;
	/** Cached answers that all workers share; without it the gateway keeps them for itself alone. */
	memory?: SharedMemory | undefined;
	/** Without it WebSockets are counted in this process alone. */
	places?: SocketPlaces | undefined;
	/** The models of upstreams; without it no upstream is asked, and the contract's default model stands. */
	models?: ListedModels | undefined;
	/** Those that upstreams are shown; without it the gateway fetches them for itself alone. */
	tokens?: Tokens | undefined;
	/** What models refuse; without it the gateway learns for itself alone. */
	lessons?: Lessons | undefined;
	/** What prompt caches hold; without it the gateway remembers for itself alone. */
	warmth?: Warmth | undefined;
	/** Seals for what clients keep; without it they end with this gateway. */
	seals?: Seals | undefined;
	/** Hears what becomes of requests that name no model, by the contract's default, whenever that changes. */
	tellDefaultModel?: (told: { model: string; line: string }) => void;
	/** The credential that the primary gives to its own user; undefined if there is none. */
	passes?: Passes | undefined;
	isDraining(): boolean;
	/** About to stop: requests are still taken. */
	isLeaving?(): boolean;
	/** The primary is gone: what is in flight may finish, and nothing new begins. */
	isOrphaned(): boolean;
	print(block: string): void;
	/** A line of JSON for the log; without it, it is printed. */
	log?: (line: string) => void;
	complain(block: string): void;
}

export interface Gateway {
	readonly app: Koa<GatewayState, RouteParameters>;
	readonly services: GatewayServices;
	readonly chain: readonly ChainLink[];
	/** The user's, also those that add no link to the chain. */
	readonly plugins: readonly LoadedPlugin[];
	/** Breaks off what is still under way, each stream with an error event, and closes the store. */
	close(): Promise<void>;
}

/** The overlays of plugins, then those of the command line. @throws Problems */
async function overlaysFor(settings: Settings, plugins: readonly LoadedPlugin[]): Promise<LocatedOverlay[]> {
	const fromPlugins = plugins.flatMap(({ plugin, source }): LocatedOverlay[] =>
		plugin.overlay
			? [
					{
						overlay: plugin.overlay,
						places: plugin.overlay.actions.map((_action, index) => placeInOverlay(source, ["actions", index])),
					},
				]
			: [],
	);
	return [...fromPlugins, ...(settings.overlayDocuments ?? (await readNamed(settings)))];
}

async function readNamed(settings: Settings): Promise<LocatedOverlay[]> {
	if (namesOfOverlays(settings).length === 0) return [];
	const { readOverlays } = await import("../contract/overlaysInForce.js");
	return readOverlays(settings);
}

/** Everything that settings name, loaded and compiled. @throws Problems */
async function loadParts(settings: Settings): Promise<{ contract: Contract; plugins: LoadedPlugin[]; name: string }> {
	const plugins = await loadPlugins(settings.plugins);
	const fromPlugins = plugins.filter(({ plugin }) => plugin.overlay).map(({ source }) => source);
	const changes = [...namesOfOverlays(settings), ...fromPlugins];
	const contract = await contractWith(await overlaysFor(settings, plugins), changes);
	return { contract, plugins, name: nameOfContract(changes) };
}

/** Builds a gateway, ready to be given requests. @throws Problems when a file or setting keeps it from starting. */
export async function createGateway(settings: Settings, surroundings: Surroundings): Promise<Gateway> {
	const { contract, plugins, name } = await loadParts(settings);
	const store = lazyStore(settings, surroundings.complain);
	const metrics = settings.metrics ? (surroundings.metrics ?? createLocalMetrics()) : undefined;
	const { states, complain, lessons, tokens, warmth, seals = createLocalSeals() } = surroundings;
	const models = surroundings.models ?? createNoModels();
	const prices = await openPrices(settings, { listed: (upstream, model) => models.factsOf(upstream, model)?.cost });
	const catalogue = createCatalogue(settings.routing.upstreams, {
		listed: models.factsOf,
		get listRevision() {
			return models.revision;
		},
		priced: prices.factsOf,
		describes: (upstream) => models.hasFacts(upstream) || prices.mayPrice(upstream),
	});
	const upstreams = new Upstreams(settings.routing, states, complain, {
		...{ lessons, catalogue, tokens, warmth, seals },
		aliasPrefix: settings.claudeModelPrefix,
	});
	const memory = surroundings.memory ?? createLocalMemory(settings);
	const behind = createBehind(settings, store);
	const cache = createAnswerCache(memory, behind, complain);
	const bodies = createBodyBudget({
		maxBytes: bodyBudgetOf(settings),
		waitMs: settings.bodyWaitMs,
		complain: surroundings.complain,
		count: (event) => metrics?.recorder.add(event === "waited" ? "bodiesWaited" : "bodiesRefused", [], 1),
	});
	const sockets = new ClientSockets({
		settings,
		paths: turnPathsOf(contract),
		bodies,
		places: surroundings.places ?? createLocalSockets(settings),
		countTurn: (kind) => metrics?.recorder.add("websocketTurns", [kind]),
	});
	const parts: Omit<GatewayServices, "background" | "batches"> = {
		log: surroundings.print,
		tracing: undefined,
		passes: undefined,
		...surroundings,
		settings,
		contract,
		upstreams,
		seals,
		defaultModel: createDefaultModel(settings.routing, upstreams.routes, models, mayBeListed),
		store,
		metrics,
		bodies,
		sockets,
		keyUsage: createKeyUsage(store.keys),
		prices,
		usage: settings.usage ? createUsageRecorder(settings, surroundings.complain) : undefined,
		prompts: createPromptLibrary(store.prompts),
		threads: createThreads(store.responses),
		files: new LocalFiles(settings, store),
		sessions: surroundings.sessions ?? createLocalSessions(),
		replays: surroundings.replays ?? createLocalReplay(settings, surroundings.complain),
		cache,
		load: { requests: 0, streams: 0 },
		lines: { inFlight: 0 },
		inner: { accept: undefined },
	};
	const port = surroundings.background ?? createLocalBackground();
	const services: GatewayServices = { ...parts, ...createBackground(parts, port) };
	const app = new Application();
	app.proxy = settings.trustedProxies > 0;
	app.maxIpsCount = settings.trustedProxies;
	// An error that gets past the errors plugin is a broken connection; there is nobody to tell.
	app.silent = true;
	const chain = chainInForce(settings, plugins, services.tracing !== undefined);
	for (const link of chain) app.use(middlewareOf(link, services));
	app.use(handle(resolve(services, handlersOf(plugins, services), name)));
	followNews(services, models, surroundings.tellDefaultModel);
	return {
		app,
		services,
		chain,
		plugins,
		async close() {
			const stopping = new GatewayError(503, "The gateway is stopping.", { code: "gateway_stopping" });
			const left = [services.background.close(), services.batches.close()];
			services.bodies.close(stopping);
			// An upstream that doesn't answer keeps nobody from being told.
			await Promise.race([services.sockets.endCalls(stopping), sleep(callsMs, undefined, { ref: false })]);
			// Clients are told at once, however long the store takes.
			await services.upstreams.close(stopping);
			services.replays.giveUp(stopping);
			await Promise.all(left);
			await closeStore(services);
			behind?.close();
		},
	};
}

/** Where the turns of WebSockets go; undefined if the contract has none. */
function turnPathsOf({ operations }: Contract): TurnPaths | undefined {
	const extension = operations.find(({ webSocket }) => webSocket !== undefined)?.webSocket;
	const pathOf = (id: string | undefined) => operations.find((operation) => operation.id === id)?.path;
	const turn = pathOf(extension?.turn);
	return turn === undefined ? undefined : { turn, warmUp: pathOf(extension?.warmUp) ?? turn };
}

/** Now and whenever an upstream was asked: notes who it is, and says what becomes of requests that name no model. */
function followNews(
	{ contract, defaultModel, upstreams }: GatewayServices,
	models: ListedModels,
	tell: Surroundings["tellDefaultModel"],
): void {
	const noteServer = (name: string) => upstreams.all.get(name)?.noteServer(models.serverOf(name));
	const defaults = new Set(contract.operations.flatMap((operation) => defaultModelOf(operation) ?? []));
	const tellAll = () => {
		if (tell === undefined) return;
		for (const model of defaults) {
			const line = defaultModel.describe(model);
			if (line !== undefined) tell({ model, line });
		}
	};
	models.onNews = (name) => {
		noteServer(name);
		tellAll();
	};
	for (const name of upstreams.all.keys()) noteServer(name);
	tellAll();
}

/** After the last request: writes what is still to be written. */
export async function closeStore(services: GatewayServices): Promise<void> {
	const { keyUsage, store, usage, replays, cache, background, batches } = services;
	await replays.settled();
	await background.settled();
	await batches.settled();
	await cache.settled();
	runAfterwards();
	usage?.close();
	await keyUsage.close();
	await store.close();
}

function middlewareOf(link: ChainLink, services: GatewayServices): GatewayMiddleware {
	if (link.isOwn) return link.plugin.middleware(services);
	const { plugin, options, source, stage } = link;
	const middleware = asked(plugin.name, source, () => {
		const made: unknown = plugin.middleware?.(options, pluginTools(plugin.name, services));
		if (typeof made !== "function") throw new Error("its `middleware` must return a function (ctx, next)");
		return made as PluginMiddleware;
	});
	if (stage === "edge") return (ctx, next) => middleware(ctx, next);
	// A response in the background has passed these when its client asked for it.
	const isOnce = stage !== "upstream";
	return (ctx, next) => {
		const { operation, task } = ctx.state.exchange;
		return operation?.asksPlugins && !(isOnce && task !== undefined) ? middleware(ctx, next) : next();
	};
}

function handlersOf(plugins: readonly LoadedPlugin[], services: GatewayServices): Record<string, OperationHandler> {
	const all: Record<string, OperationHandler> = {};
	for (const { plugin, options, source } of plugins) {
		const handlers = asked(
			plugin.name,
			source,
			() => plugin.handlers?.(options, pluginTools(plugin.name, services)) ?? {},
		);
		for (const [id, handler] of Object.entries(handlers)) {
			if (typeof handler !== "function") throw wrongPlugin(plugin.name, source, `its handler ${id} is no function`);
			all[id] = handler;
		}
	}
	return all;
}

/** The result of calling a plugin's function. @throws Problems that name the plugin */
function asked<T>(name: string, source: string, ask: () => T): T {
	try {
		return ask();
	} catch (error) {
		throw wrongPlugin(name, source, firstLine(messageOf(error)));
	}
}

function wrongPlugin(name: string, source: string, message: string): Problems {
	return new Problems([{ where: `plugin ${name} (${source})`, message }]);
}

/** The end of the chain: the operation's handler. */
function handle(handlers: ReadonlyMap<string, OperationHandler>): GatewayMiddleware {
	return async (ctx) => {
		const { exchange } = ctx.state;
		const handler = handlers.get(exchange.operation?.id ?? "") as OperationHandler;
		const result = await handler(ctx);
		if (result instanceof ResponseStream) exchange.answer = result;
		else if (result !== undefined) ctx.body = result;
	};
}

function resolve(services: GatewayServices, fromPlugins: Record<string, OperationHandler>, nameOfContract: string) {
	try {
		return resolveHandlers(services.contract.operations, services, fromPlugins);
	} catch (error) {
		throw new Problems([{ where: nameOfContract, message: messageOf(error) }]);
	}
}
