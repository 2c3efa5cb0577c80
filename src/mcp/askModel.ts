/** One turn of the model: a request of the gateway's own that goes the way of its client's, without MCP in it. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { eventsIn } from "../dialects/openaiResponses/sentStream.js";
import { GatewayError } from "../errors/gatewayError.js";
import { boundedBody } from "../exchange/boundedBody.js";
import { type Accept, ofConnection, postWithin } from "../exchange/innerRequest.js";
import type { WholeRequest } from "../exchange/ownTask.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import { EventFramer } from "../streaming/eventFraming.js";

type Json = Record<string, unknown>;

/** Limit of an answer that is read whole, and of an event. */
const maxBytes = 64 * 1024 * 1024;

/** The request that the turn is a part of. */
export interface TurnOrigin {
	readonly accept: Accept;
	readonly client: IncomingMessage;
	readonly whole: WholeRequest;
	/** Path and query. */
	readonly target: string;
	readonly signal: AbortSignal;
}

export interface TurnAnswer {
	readonly headers: IncomingHttpHeaders;
	readonly isStream: boolean;
	/** Of a stream; what is not yet read waits. @throws GatewayError if it breaks off */
	events(): AsyncGenerator<Json>;
	/** @throws GatewayError if it is no response */
	response(): Promise<Json>;
}

/**
 * @param more headers beside the client's
 * @throws GatewayError in the words of whoever has refused it
 */
export async function askModel(
	{ accept, client, whole, target, signal }: TurnOrigin,
	json: Json,
	requestId: string,
	more: IncomingHttpHeaders,
): Promise<TurnAnswer> {
	const { remoteAddress, localAddress } = client.socket;
	const kept = Object.entries(client.headers).filter(([name]) => !ofConnection.test(name) && name !== "accept");
	const asking = postWithin(accept, {
		...{ path: target, requestId, body: JSON.stringify(json), signal },
		headers: { ...Object.fromEntries(kept), ...more },
		from: { remoteAddress, localAddress },
		marks: { partOf: whole },
	});
	const answered = new Promise<IncomingMessage>((resolve, reject) => {
		asking.on("error", (error) => reject(brokenOff(error)));
		asking.on("response", resolve);
	});
	const message = await answered;
	if ((message.statusCode ?? 500) >= 300) throw refusalOf(message, await wholeBody(message));
	return answerOf(message);
}

function answerOf(message: IncomingMessage): TurnAnswer {
	return {
		headers: message.headers,
		isStream: message.headers["content-type"]?.startsWith("text/event-stream") === true,
		events: () => readEvents(message),
		async response() {
			const json = parseObject((await wholeBody(message)).toString());
			if (json === undefined || !Array.isArray(json.output)) throw noResponse();
			return json;
		},
	};
}

async function* readEvents(message: IncomingMessage): AsyncGenerator<Json> {
	const framer = new EventFramer(maxBytes);
	try {
		for await (const chunk of message as AsyncIterable<Buffer>) yield* eventsIn(framer.push(chunk));
	} catch (error) {
		throw brokenOff(error);
	}
	yield* eventsIn(framer.end());
}

async function wholeBody(message: IncomingMessage): Promise<Buffer> {
	const body = await boundedBody(message, maxBytes).catch((error: unknown) => {
		throw brokenOff(error);
	});
	if (body === undefined) throw noResponse();
	return body;
}

/** Headers that tell a client what to do about a refusal. */
const advice = ["retry-after", "retry-after-ms", "x-should-retry"];

function refusalOf({ statusCode = 502, headers }: IncomingMessage, body: Buffer): GatewayError {
	const { error } = parseObject(body.toString()) ?? {};
	const { message, code, param } = isObject(error) ? error : ({} as Json);
	const told = advice.flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]]] : []));
	return new GatewayError(statusCode, typeof message === "string" ? message : "The model could not be asked.", {
		...(typeof code === "string" ? { code } : {}),
		...(typeof param === "string" ? { param } : {}),
		headers: Object.fromEntries(told) as Record<string, string>,
	});
}

/** Of a stream: the words of its last event. */
export function failureIn({ response, error }: Json): GatewayError {
	const said = isObject(response) && isObject(response.error) ? response.error : error;
	const { message, code } = isObject(said) ? said : ({} as Json);
	const status = code === "rate_limit_exceeded" ? 429 : 502;
	return new GatewayError(status, typeof message === "string" ? message : "The model's turn has failed.", {
		code: typeof code === "string" ? code : "server_error",
	});
}

function brokenOff(error: unknown): GatewayError {
	if (error instanceof GatewayError) return error;
	return new GatewayError(502, "The model's answer broke off before its end.", {
		code: "upstream_closed",
		cause: error,
	});
}

function noResponse(): GatewayError {
	return new GatewayError(502, "The model's answer is no response.", { code: "upstream_invalid_response" });
}
