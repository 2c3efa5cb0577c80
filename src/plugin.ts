/**
 * The interface of plugins: what a plugin is, what it gets when it is loaded, and what it sees of each request.
 *
 * Everything here is public and stable. What a plugin may do with a request is in `src/pluginApi/`.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Overlay } from "./contract/overlay.js";

/**
 * Where a plugin stands in the chain:
 * - `edge`: every request, before its operation is known
 * - `authenticated`: the operation and the caller are known; the body has not been read
 * - `validated`: the body is valid and has its defaults; the model and its route are known, and the caller may use them
 * - `upstream`: around the call to the upstream, within the limits; after `next()` the answer can be watched and changed
 */
export const stages = ["edge", "authenticated", "validated", "upstream"] as const;
export type Stage = (typeof stages)[number];

export interface Plugin<Options = unknown> {
	/** Unique in the chain; lower case with dashes. */
	name: string;
	/** Needed with `middleware`. */
	stage?: Stage;
	/** JSON Schema (2020-12) of the options; its defaults are filled in. Without it the plugin takes none. */
	options?: Record<string, unknown>;
	/** What the plugin adds to the contract: an operation, a header, a limit. */
	overlay?: Overlay;
	/** Makes handlers, by operationId, of the operations that the overlay adds. Called once in each worker. */
	handlers?(options: Options, tools: PluginTools): Record<string, PluginHandler>;
	/** Makes the plugin's middleware. Called once in each worker. */
	middleware?(options: Options, tools: PluginTools): PluginMiddleware;
}

/** Gives a plugin its types: `export default definePlugin<Options>({ … })`. */
export function definePlugin<Options = unknown>(plugin: Plugin<Options>): Plugin<Options> {
	return plugin;
}

/**
 * Koa's middleware. `next()` runs the rest of the chain; it resolves when the answer has begun, and before any of it is sent.
 *
 * Throw a `GatewayError` to refuse the request. Any other error is a 500 for the client, and its stack goes to the log.
 */
export type PluginMiddleware = (ctx: PluginContext, next: () => Promise<unknown>) => unknown;

/** Handles one operation. @returns the JSON to answer with, what `answerWith` returns, or undefined if it has set `ctx.body` */
export type PluginHandler = (ctx: PluginContext) => object | undefined | Promise<object | undefined>;

/** What a plugin gets when it is loaded, beside its options. */
export interface PluginTools {
	/** The plugin's own name. */
	readonly name: string;
	readonly log: PluginLog;
	readonly contract: PluginContract;
}

/** Writes to the gateway's log, in its format and from its level on; each line names the plugin. */
export interface PluginLog {
	/** @param fields members of the line in JSON; no secrets */
	info(message: string, fields?: Readonly<Record<string, unknown>>): void;
	warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
	error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The contract in force, to be read only. */
export interface PluginContract {
	/** The OpenAPI document with all overlays applied: a copy of the plugin's own. */
	readonly document: Readonly<Record<string, unknown>>;
	readonly operations: readonly PluginOperation[];
}

export interface PluginOperation {
	/** Its `operationId`. */
	readonly id: string;
	/** In upper case. */
	readonly method: string;
	/** As in the contract, with `{parameters}`. */
	readonly path: string;
}

/** The request and its response: Koa's context, of which these members are promised. */
export interface PluginContext {
	readonly method: string;
	/** Without the query. */
	readonly path: string;
	readonly query: Readonly<Record<string, string | string[] | undefined>>;
	/** Path parameters, percent-decoded; known after the stage `edge`. */
	readonly params: Readonly<Record<string, string>>;
	/** The request's, with names in lower case. */
	readonly headers: IncomingHttpHeaders;
	/** A header of the request; empty if there is none. */
	get(name: string): string;
	/** Sets a header of the response. */
	set(name: string, value: string | string[]): void;
	/** The response's status, for a plugin that sets `body`. */
	status: number;
	/** Answers the request: an object becomes JSON. To answer as an upstream would, use `answerWith`. */
	body: unknown;
	readonly req: IncomingMessage;
	readonly res: ServerResponse;
	readonly state: { readonly exchange: PluginExchange };
}

/** What the gateway knows of a request. Members are undefined until the stage that finds them. */
export interface PluginExchange {
	/** The request id, as in `x-request-id` and in logs. */
	readonly id: string;
	/** Milliseconds since the epoch. */
	readonly receivedAt: number;
	/** The client's address, as `--trust-proxy` says. */
	readonly clientAddress: string;
	/** From `authenticated` on. */
	readonly operation: PluginOperation | undefined;
	/** From `authenticated` on; undefined if no keys are in force. */
	readonly caller: PluginCaller | undefined;
	/** The query's parameters that the contract knows, in their types and with their defaults. From `authenticated` on. */
	readonly query: Readonly<Record<string, unknown>>;
	/** From `validated` on; undefined if the request has none. Change it with `replaceBody`. */
	readonly body: { readonly json: Readonly<Record<string, unknown>> } | undefined;
	/** The model that the client asks for. From `validated` on; undefined for operations without a model. */
	readonly model: string | undefined;
	/** The route that takes the model. From `validated` on, for operations that are forwarded. */
	readonly route: { readonly name: string } | undefined;
	/** After `next()`: the answer of an upstream, or of a plugin; undefined if the gateway itself answers. */
	readonly answer: PluginAnswer | undefined;
	/** Names and values for logs, usage and routing conditions: `tags.tenant = "acme"`. */
	readonly tags: Record<string, string>;
	/** The client has its answer, or has gone. */
	readonly isClosed: boolean;
	/** Is aborted when the client has its answer or has gone: for whatever a plugin fetches meanwhile. */
	readonly signal: AbortSignal;
	/** Calls the listener when the client has its answer or has gone; at once if that is so already. */
	onClose(listener: () => void): void;
}

/** Who calls, never with the credential itself. */
export interface PluginCaller {
	/** The key's id, or an id for the subject of a token. */
	readonly keyId: string;
	readonly keyName: string;
	readonly owner: string | undefined;
	readonly team: string | undefined;
	readonly organisation: string | undefined;
	readonly metadata: Readonly<Record<string, string>>;
}

/** An answer that has begun. Watch it with `watchAnswer`, change it with `changeAnswer` or `mapCompletionText`. */
export interface PluginAnswer {
	status: number;
	/** For the client, with names in lower case. */
	readonly headers: Record<string, string>;
	/** It is an event stream. */
	readonly isStream: boolean;
}
