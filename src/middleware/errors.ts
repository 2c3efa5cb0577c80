/** Turns whatever is thrown in the chain into one response, in the error envelope of the dialect that the client speaks. */
import { type IncomingHttpHeaders, STATUS_CODES } from "node:http";
import createDebug from "debug";
import type { Operation } from "../contract/operation.js";
import { anthropicMessages } from "../dialects/anthropicMessages/index.js";
import type { Dialect } from "../dialects/dialect.js";
import { geminiContent } from "../dialects/gemini/index.js";
import { isOllamaClient } from "../dialects/ollama/client.js";
import { ollamaModels } from "../dialects/ollama/index.js";
import { asGatewayError, GatewayError, internalFailure } from "../errors/gatewayError.js";
import { usualRetryAfter } from "../errors/retryAfter.js";
import { withStatus } from "../store/storeFailure.js";
import { defineLink, type GatewayContext } from "./link.js";

const debug = createDebug("llmgw:errors");

export const errors = defineLink({
	name: "errors",
	stage: "edge",
	middleware: ({ complain, contract }) => {
		const dialects = new DialectsByPath(contract.operations);
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
				respond(
					ctx,
					error,
					exchange.operation?.dialect ?? dialects.of(pathOf(ctx)) ?? dialectOfClient(ctx.req.headers),
				);
			}
		};
	},
});

/** A plugin's bare `ctx.status = 403`, or nobody's answer at all: Koa would make it plain text. */
function isWithoutWords(ctx: GatewayContext): boolean {
	return ctx.status >= 400 && ctx.respond !== false && (ctx.body === undefined || ctx.body === null);
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

/** Finds the dialect of a path that is no operation's: one below it, or one that all around it share. */
class DialectsByPath {
	readonly #byPath = new Map<string, Dialect>();
	/** What follows the last parameter of a path, as `:generateContent` does. */
	readonly #byEnding = new Map<string, Dialect>();
	/** Beginnings of paths below which every operation speaks the same vendor's dialects. */
	readonly #byBeginning = new Map<string, Dialect>();

	constructor(operations: readonly Operation[]) {
		const others = new Set<string>();
		for (const { path, otherPaths, dialect, access } of operations) {
			// What stands open to everybody has no error of its own.
			if (dialect === undefined && access !== "public") others.add(beginningOf(path));
			for (const one of dialect === undefined ? [] : [path, ...otherPaths]) {
				const beginning = beginningOf(one);
				const before = this.#byBeginning.get(beginning);
				if (before !== undefined && vendorOf(before) !== vendorOf(dialect as Dialect)) others.add(beginning);
				this.#byBeginning.set(beginning, dialect as Dialect);
				const ending = one.slice(one.lastIndexOf("}") + 1);
				if (!one.includes("{")) this.#byPath.set(one, dialect as Dialect);
				else if (ending !== "") this.#byEnding.set(ending, dialect as Dialect);
			}
		}
		for (const beginning of others) this.#byBeginning.delete(beginning);
	}

	/** A path below an operation's, or with a method that it doesn't have, is asked by clients of the same dialect. */
	of(whole: string): Dialect | undefined {
		const path = whole.slice(0, maxPathCharacters);
		for (let at = path.length; at > 0; at = path.lastIndexOf("/", at - 1)) {
			const dialect = this.#byPath.get(path.slice(0, at));
			if (dialect !== undefined) return dialect;
		}
		return this.#byEnding.get(path.slice(path.lastIndexOf(":"))) ?? this.#byBeginning.get(beginningOf(path));
	}
}

/** The first segment: `/v1beta`. */
function beginningOf(path: string): string {
	const end = path.indexOf("/", 1);
	return end === -1 ? path : path.slice(0, end);
}

/** The dialects of one vendor have errors of one form. */
function vendorOf({ name }: Dialect): string {
	return name.slice(0, name.indexOf("."));
}

/** Some vendors' clients give themselves away by a header, also on paths that several vendors have. */
function dialectOfClient(headers: IncomingHttpHeaders): Dialect | undefined {
	if (headers["anthropic-version"] !== undefined) return anthropicMessages;
	if (isOllamaClient(headers)) return ollamaModels;
	return headers["x-goog-api-client"] === undefined ? undefined : geminiContent;
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
