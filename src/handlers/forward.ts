/** Forwards an operation to the AI host, at the path that the contract's `x-upstream` names. */
import type { IncomingHttpHeaders } from "node:http";
import { notFound } from "../contract/operation.js";
import { clientGone, GatewayError } from "../errors/gatewayError.js";
import type { GatewayContext, GatewayServices } from "../plugin.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { Call } from "../upstream/call.js";
import { withoutCredentials } from "../upstream/headers.js";
import { requestedChoices } from "../upstream/routing/choices.js";
import { readFacts } from "../upstream/routing/facts.js";
import { otherModels } from "./otherModels.js";

/**
 * Sends the client's request where its model's route says, and waits until it is certain who answers.
 *
 * @param path below the host's base path; without it the operation's own `x-upstream`
 * @throws GatewayError 404 when no route knows the model, 502 to 504 when no host can be reached or answers in time.
 */
export async function forward(
	{ upstreams, settings }: GatewayServices,
	ctx: GatewayContext,
	path?: string,
): Promise<ResponseStream> {
	const { exchange } = ctx.state;
	const { operation, body, tags } = exchange;
	if (operation === undefined) throw new Error("forwarding needs an operation");
	if (exchange.isClosed) throw clientGone();
	const headers = headersForHosts(ctx);
	const caller = exchange.caller?.keyId ?? headers.authorization ?? exchange.clientAddress;
	const facts = readFacts({ json: body?.json, headers, tags, caller });
	const route = upstreams.routes.find(facts.model) ?? noRoute(facts.model);
	if (operation.takesBody) exchange.caller?.checkModel(facts.model);
	if (body && exchange.caller?.isForSomeModels)
		for (const model of otherModels(body.json)) exchange.caller.checkModel(model);
	exchange.caller?.checkRoute(route.name);
	const pursuit = new Call(upstreams, {
		route,
		facts,
		method: operation.method,
		path: path ?? upstreamPath(ctx),
		search: ctx.search,
		requestId: exchange.id,
		headers,
		body,
		firstByteMs: operation.timeoutMs,
		dialect: operation.dialect,
		choices: requestedChoices(body?.json),
		asksUsage: settings.usage && body !== undefined,
		trace: exchange.trace,
		gate: exchange.gate,
	});
	return exchange.pursue(pursuit);
}

/** The client's headers as AI hosts may get them: a key of the gateway's is its alone. */
export function headersForHosts({ req, state }: GatewayContext): IncomingHttpHeaders {
	return state.exchange.caller ? withoutCredentials(req.headers) : req.headers;
}

function noRoute(model: string | undefined): never {
	throw model === undefined
		? notFound("No route takes requests that name no model.", "model_not_found", "model")
		: notFound(`The model '${model}' does not exist.`, "model_not_found", "model");
}

/** `x-upstream` with the request's path parameters in it, each escaped as one segment. */
function upstreamPath(ctx: GatewayContext): string {
	const path = ctx.state.exchange.operation?.upstreamPath ?? "";
	return path.replace(/\{([^}]+)\}/g, (_all, name: string) => segment(ctx.params[name] ?? ""));
}

/**
 * A path segment that can't leave its place: servers behind us may decode it, and then resolve dot segments
 * (RFC 3986 §5.2.4), take a backslash for a slash, or end the name at a NUL.
 */
export function segment(value: string): string {
	if (value.split(/[/\\]/).some((part) => part === "." || part === ".."))
		throw new GatewayError(400, "A name in the path can't have dot segments.", { code: "invalid_path" });
	if (/[\x00-\x1f\x7f]/.test(value))
		throw new GatewayError(400, "A name in the path can't have control characters.", { code: "invalid_path" });
	return encodeURIComponent(value);
}
