/** Composition root: settings, contract, AI host and chain are put together here, and only here. */
import Koa from "koa";
import { type ChainLink, chainInForce } from "./chain.js";
import { type Contract, compileContract } from "./contract/contract.js";
import { documentInForce, type JsonObject } from "./contract/document.js";
import { GatewayError } from "./contract/gatewayError.js";
import type { LocatedOverlay } from "./contract/overlay.js";
import { messageOf, Problems } from "./contract/problem.js";
import type { Settings } from "./contract/settings.js";
import { resolveHandlers } from "./handlers/handlers.js";
import type { Counter } from "./limits/counter.js";
import { type LoadedPlugin, loadPlugins } from "./loadPlugins.js";
import type { GatewayMiddleware, GatewayServices, GatewayState, OperationHandler, RouteParameters } from "./plugin.js";
import { lazyStore } from "./store/lazyStore.js";
import { AiHost } from "./upstream/aiHost.js";
import { Answer } from "./upstream/answer.js";

/** What a gateway gets from the process it lives in. */
export interface Surroundings {
	counter: Counter;
	isDraining(): boolean;
	print(block: string): void;
}

export interface Gateway {
	readonly app: Koa<GatewayState, RouteParameters>;
	readonly services: GatewayServices;
	readonly chain: readonly ChainLink[];
	/** Breaks off what is still under way, each stream with an error event, and closes the store. */
	close(): Promise<void>;
}

/** The contract document with the overlays of plugins and, behind them, of the command line. @throws Problems */
export async function documentFor(settings: Settings, plugins: readonly LoadedPlugin[]): Promise<JsonObject> {
	const fromPlugins = plugins.flatMap(({ plugin, source }): LocatedOverlay[] =>
		plugin.overlay
			? [
					{
						overlay: plugin.overlay,
						places: plugin.overlay.actions.map((_action, index) => `${source}: overlay action ${index}`),
					},
				]
			: [],
	);
	return documentInForce([...fromPlugins, ...(settings.overlayDocuments ?? (await readOverlays(settings.overlays)))]);
}

async function readOverlays(files: readonly string[]): Promise<LocatedOverlay[]> {
	if (files.length === 0) return [];
	const { readOverlay } = await import("./contract/readOverlay.js");
	return files.map(readOverlay);
}

/** Everything that settings name, loaded and compiled. @throws Problems */
export async function loadParts(settings: Settings): Promise<{ contract: Contract; plugins: LoadedPlugin[] }> {
	const plugins = await loadPlugins(settings.plugins);
	const changes = [...settings.overlays, ...plugins.filter(({ plugin }) => plugin.overlay).map(({ source }) => source)];
	const name = changes.length === 0 ? "contract" : `contract with ${changes.join(", ")}`;
	return { contract: await compileContract(await documentFor(settings, plugins), name), plugins };
}

/** Builds a gateway, ready to be given requests. @throws Problems when a file or setting keeps it from starting. */
export async function createGateway(settings: Settings, surroundings: Surroundings): Promise<Gateway> {
	const { contract, plugins } = await loadParts(settings);
	const services: GatewayServices = {
		...surroundings,
		settings,
		contract,
		host: new AiHost(settings),
		store: lazyStore(settings, surroundings.print),
		load: { requests: 0, streams: 0 },
	};
	const app = new Koa<GatewayState, RouteParameters>();
	app.proxy = settings.trustedProxies > 0;
	app.maxIpsCount = settings.trustedProxies;
	// What goes wrong behind the errors plugin is a connection that broke; there is nobody to tell.
	app.silent = true;
	const chain = chainInForce(settings, plugins);
	for (const { plugin, options, source } of chain)
		app.use(middlewareOf(plugin.name, source, plugin, options, services));
	app.use(handle(services, plugins));
	return {
		app,
		services,
		chain,
		async close() {
			await services.host.close(new GatewayError(503, "The gateway is stopping.", { code: "gateway_stopping" }));
			await services.store.close();
		},
	};
}

function middlewareOf(
	name: string,
	source: string,
	plugin: LoadedPlugin["plugin"],
	options: unknown,
	services: GatewayServices,
): GatewayMiddleware {
	try {
		return (plugin.middleware as NonNullable<typeof plugin.middleware>)(options, services);
	} catch (error) {
		throw new Problems([{ where: `plugin ${name} (${source})`, message: messageOf(error) }]);
	}
}

/** The end of the chain: the operation's handler. */
function handle(services: GatewayServices, plugins: readonly LoadedPlugin[]): GatewayMiddleware {
	const fromPlugins: Record<string, OperationHandler> = {};
	for (const { plugin, options } of plugins) Object.assign(fromPlugins, plugin.handlers?.(options, services));
	const handlers = resolve(services, fromPlugins);
	return async (ctx) => {
		const { exchange } = ctx.state;
		const handler = handlers.get(exchange.operation?.id ?? "") as OperationHandler;
		const result = await handler(ctx);
		if (result instanceof Answer) exchange.answer = result;
		else if (result !== undefined) ctx.body = result;
	};
}

function resolve(services: GatewayServices, fromPlugins: Record<string, OperationHandler>) {
	try {
		return resolveHandlers(services.contract.operations, services, fromPlugins);
	} catch (error) {
		throw new Problems([{ where: "contract", message: messageOf(error) }]);
	}
}
