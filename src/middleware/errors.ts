/** Turns whatever is thrown in the chain into one response, in the error envelope of the dialect that the client speaks. */
import { STATUS_CODES } from "node:http";
import createDebug from "debug";
import type { Operation } from "../contract/operation.js";
import type { Dialect } from "../dialects/dialect.js";
import { asGatewayError, GatewayError, internalFailure } from "../errors/gatewayError.js";
import { usualRetryAfter } from "../errors/retryAfter.js";
import { withStatus } from "../store/storeFailure.js";
import { defineLink, type GatewayContext } from "./link.js";

const debug = createDebug("llmgw:errors");

export const errors = defineLink({
	name: "errors",
	stage: "edge",
	middleware: ({ complain, contract }) => {
		const dialects = dialectsByPath(contract.operations);
		return async (ctx, next) => {
			const { exchange } = ctx.state;
			try {
				await next();
				if (isWithoutWords(ctx)) throw new GatewayError(ctx.status, `${STATUS_CODES[ctx.status]}.`);
			} catch (thrown) {
				const error = asGatewayError(withStatus(thrown));
				exchange.failure = error;
				// 499: the client has gone, and whatever failed for that reason is no news.
				if (error.status === 500 && !exchange.isClosed) complain(internalFailure(exchange.id, error));
				else if (debug.enabled) debug("%s %d %s %o", exchange.id, error.status, error.message, error.cause ?? "");
				respond(ctx, error, exchange.operation?.dialect ?? dialectOf(pathOf(ctx), dialects));
			}
		};
	},
});

/** A plugin's bare `ctx.status = 403`, or nobody's answer at all: Koa would make it plain text. */
function isWithoutWords(ctx: GatewayContext): boolean {
	return ctx.status >= 400 && ctx.respond !== false && (ctx.body === undefined || ctx.body === null);
}

function dialectsByPath(operations: readonly Operation[]): Map<string, Dialect> {
	const byPath = new Map<string, Dialect>();
	for (const { path, dialect } of operations) if (dialect !== undefined) byPath.set(path, dialect);
	return byPath;
}

/** Operations' paths are shorter. */
const maxPathCharacters = 256;

/** The request's path; empty for a target that is no URL, at which Node throws. */
function pathOf(ctx: GatewayContext): string {
	try {
		return ctx.path;
	} catch {
		return "";
	}
}

/** A path below an operation's, or with a method that it doesn't have, is asked by clients of the same dialect. */
function dialectOf(whole: string, byPath: ReadonlyMap<string, Dialect>): Dialect | undefined {
	const path = whole.slice(0, maxPathCharacters);
	for (let at = path.length; at > 0; at = path.lastIndexOf("/", at - 1)) {
		const dialect = byPath.get(path.slice(0, at));
		if (dialect !== undefined) return dialect;
	}
	return undefined;
}

function respond(ctx: GatewayContext, error: GatewayError, dialect: Dialect | undefined): void {
	if (ctx.res.headersSent) {
		// The answer is already on its way: it can only be broken off, so that nobody takes it for whole.
		ctx.respond = false;
		ctx.res.destroy();
		return;
	}
	ctx.status = error.status;
	const { id } = ctx.state.exchange;
	ctx.set({ ...adviceOf(error), ...error.headers, ...dialect?.errors.headers?.(id) });
	if (error.closeConnection) ctx.set("connection", "close");
	ctx.body = dialect === undefined ? error.envelope() : dialect.errors.body(error, id);
}

/** Refusals by policy and of credentials, which hold for the next attempt as well. */
const lasting: ReadonlySet<number> = new Set([401, 402, 403]);

/** Whether clients are to come back, and when, where the error itself doesn't say so. */
function adviceOf({ status }: GatewayError): Record<string, string> {
	if (status === 429) return { "retry-after": usualRetryAfter };
	return lasting.has(status) ? { "x-should-retry": "false" } : {};
}
