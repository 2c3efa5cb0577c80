/** Finds a request's operation (@koa/router), of the contract or a file of the program's, or says with 404 and 405 that there is none. */
import Router from "@koa/router";
import { allFileOperations } from "../contract/fileOperations.js";
import type { Operation } from "../contract/operation.js";
import { PassthroughTable, passthroughMethods } from "../contract/passthrough.js";
import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import {
	defineLink,
	type GatewayContext,
	type GatewayMiddleware,
	type GatewayState,
	type RouteParameters,
} from "./link.js";
import { plainPath } from "./requestTarget.js";

export const router = defineLink({
	name: "router",
	stage: "authenticated",
	middleware: ({ contract, settings }): GatewayMiddleware => {
		// The contract's come last, and so they win: it may have an operation of its own at a file's path.
		const operations = [...allFileOperations, ...contract.operations];
		const exact = exactRoutes(operations);
		const routes = new Router<GatewayState, RouteParameters>({ strict: true, sensitive: true, exclusive: false });
		for (const operation of operations) {
			const found: GatewayMiddleware = (ctx, next) => {
				ctx.state.exchange.operation = operation;
				ctx.state.exchange.query = operation.validateParameters(decoded(ctx), ctx);
				return next();
			};
			for (const path of [operation.path, ...operation.otherPaths])
				routes.register(routePath(path, operation), [operation.method], found);
		}
		const match = routes.routes() as unknown as GatewayMiddleware;
		const passthrough = new PassthroughTable(contract, settings.routing.routes);
		const passed = (ctx: GatewayContext): Operation | undefined =>
			// The contract's own paths keep their meaning, and their methods.
			methodsAt(ctx, operations).size > 0 ? undefined : passthrough.find(ctx.path);
		const route: GatewayMiddleware = (ctx, next) => {
			// Most requests name a path without parameters; they needn't be tried against each route in turn.
			const operation = exact.get(ctx.method === "HEAD" ? "GET" : ctx.method)?.get(ctx.path);
			if (operation) {
				ctx.state.exchange.operation = operation;
				ctx.params = {};
				ctx.state.exchange.query = operation.validateParameters({}, ctx);
				return next();
			}
			return match(ctx, async () => {
				if (ctx.state.exchange.operation) return next();
				const plain = plainPath(ctx.path);
				if (plain !== ctx.path) {
					ctx.path = plain;
					return route(ctx, next);
				}
				const hosts = passed(ctx);
				if (hosts !== undefined && ctx.method !== "OPTIONS") {
					if (!passthroughMethods.has(ctx.method)) throw notAllowed(ctx, passthroughMethods);
					ctx.state.exchange.operation = hosts;
					ctx.params = {};
					return next();
				}
				return withoutOperation(ctx, operations);
			});
		};
		return route;
	},
});

function exactRoutes(operations: readonly Operation[]): Map<string, Map<string, Operation>> {
	const byMethod = new Map<string, Map<string, Operation>>();
	for (const operation of operations) {
		if (operation.path.includes("{")) continue;
		const byPath = byMethod.get(operation.method) ?? new Map<string, Operation>();
		byMethod.set(operation.method, byPath.set(operation.path, operation));
	}
	return byMethod;
}

/** `/v1/models/{model}` in path-to-regexp's notation, with literal characters that mean something there escaped. */
function routePath(path: string, { multiSegmentParameters }: Operation): string {
	return path
		.split(/(\{[^}]+\})/)
		.map((part) => {
			const name = /^\{(.+)\}$/.exec(part)?.[1];
			if (name === undefined) return part.replace(/[{}()[\]+?!:*\\]/g, "\\$&");
			return `${multiSegmentParameters.has(name) ? "*" : ":"}${name}`;
		})
		.join("");
}

/** Path parameters, percent-decoded. @throws GatewayError 400 where that is not possible. */
function decoded(ctx: GatewayContext): Record<string, string> {
	try {
		decodeURIComponent(ctx.path);
	} catch (cause) {
		throw new GatewayError(400, "The path is not percent-encoded UTF-8.", { code: "invalid_path", cause });
	}
	return ctx.params;
}

/** Methods of the operations at the request's path. */
function methodsAt(ctx: GatewayContext, operations: readonly Operation[]): Set<string> {
	const matched = (ctx as unknown as { matched?: { methods: string[] }[] }).matched ?? [];
	const methods = new Set(matched.flatMap((layer) => layer.methods));
	for (const { path, method } of operations) {
		if (path !== ctx.path) continue;
		methods.add(method);
		if (method === "GET") methods.add("HEAD");
	}
	return methods;
}

function withoutOperation(ctx: GatewayContext, operations: readonly Operation[]): void {
	const methods = methodsAt(ctx, operations);
	const asked = `${ctx.method} ${ctx.path}`;
	if (isUnknownAction(ctx, operations)) throw notFound(`There is no action ${asked}.`, "unknown_url");
	if (methods.size === 0) {
		const nearby = operations.find(({ path }) => path === `/v1${ctx.path}` || `/v1${path}` === ctx.path);
		const hint = nearby ? ` Did you mean ${nearby.path}?` : "";
		throw notFound(`There is nothing at ${asked}.${hint}`, "unknown_url");
	}
	if (ctx.method !== "OPTIONS") throw notAllowed(ctx, methods);
	ctx.status = 204;
	ctx.set("allow", allowing(methods));
}

function notAllowed({ method, path }: GatewayContext, methods: ReadonlySet<string>): GatewayError {
	const allow = allowing(methods);
	return new GatewayError(405, `${method} ${path} is not allowed; allowed: ${allow}.`, {
		code: "method_not_allowed",
		headers: { allow },
	});
}

function allowing(methods: ReadonlySet<string>): string {
	return [...methods, "OPTIONS"].join(", ");
}

/** Actions follow a name that can be read by itself: `POST /v1beta/models/{model}:generateContent`, `GET /v1beta/models/{model}`. */
function isUnknownAction({ method, path }: GatewayContext, operations: readonly Operation[]): boolean {
	const at = Math.max(path.lastIndexOf(":"), path.toLowerCase().lastIndexOf("%3a"));
	if (at < path.lastIndexOf("/")) return false;
	return operations.some((operation) => {
		const [, before] = /^(.*\/)\{[^}]+\}:[^/]+$/.exec(operation.path) ?? [];
		return before !== undefined && operation.method === method && path.startsWith(before);
	});
}
