/** Reads a JSON body, or a text that is one field of a form: off the wire as it is, or by koa-bodyparser if it has to come out of a coding first. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import koaBodyParser from "koa-bodyparser";
import type { TextField } from "../contract/operation.js";
import type { Json } from "../dialects/dialect.js";
import { clientGone, GatewayError } from "../errors/gatewayError.js";
import { arrivingBody } from "../exchange/arrivingBody.js";
import { isMultipart } from "../exchange/arrivingForm.js";
import { askForBody } from "../exchange/askForBody.js";
import type { BodyBudget } from "../exchange/bodyBudget.js";
import { BodyPace } from "../exchange/bodyPace.js";
import type { Exchange } from "../exchange/exchange.js";
import { nextStage } from "../exchange/stages.js";
import { malformed, readBody } from "../json/readBody.js";
import { formReader } from "./formBody.js";
import { defineLink, type GatewayContext, type GatewayMiddleware } from "./link.js";

export const body = defineLink({
	name: "body",
	stage: "validated",
	middleware: ({ settings, bodies }): GatewayMiddleware => {
		const readForm = formReader(settings, bodies);
		const decoders = new Map<number, GatewayMiddleware>();
		const decoderFor = (limit: number) => {
			const decoder = decoders.get(limit) ?? bodyDecoder(limit);
			decoders.set(limit, decoder);
			return decoder;
		};
		return async (ctx, next) => {
			const { exchange } = ctx.state;
			const { operation } = exchange;
			if (operation?.passedTo !== undefined && !isReadPassing(ctx)) {
				exchange.upload = isWithoutBody(ctx.req) ? undefined : ctx.req;
				return next();
			}
			if (!operation?.requiresBody) requireVouched(ctx);
			if (!operation?.takesBody || operation.session !== undefined) return next();
			const { formProperties, takesJson, textField } = operation;
			const takesOthers = takesJson || textField !== undefined;
			if (formProperties !== undefined && (isMultipart(ctx.req) || !takesOthers)) {
				await readForm(ctx, operation);
				return next();
			}
			const limit = Math.min(operation.maxBodyBytes ?? settings.maxBodyBytes, settings.maxBodyBytes);
			const bytes = isWithoutBody(ctx.req)
				? nothing
				: await readBytes(ctx, limit, { decode: decoderFor(limit), bodies, timeoutMs: settings.requestTimeoutMs });
			await nextStage();
			if (bytes.length > 0 && textField !== undefined) {
				const json = { [textField.name]: bytes.toString() };
				exchange.body = { json, bytes: Buffer.from(JSON.stringify(json)) };
				ctx.request.body = json;
			} else if (bytes.length > 0) {
				const read = readBody(bytes, operation.bodyNames, () => {
					if (exchange.isClosed) throw clientGone();
				});
				const { json, outline, outlineBytes } = read instanceof Promise ? await read : read;
				exchange.body = {
					json: withPathFacts(json, ctx),
					bytes,
					outline: outline && withPathFacts(outline, ctx),
					outlineBytes,
				};
				ctx.request.body = exchange.body.json;
				ctx.request.rawBody = "";
			} else if (operation.requiresBody) {
				throw malformed("A request body is required.");
			}
			await next();
		};
	},
});

/** Some dialects say in the path what others say in the body. */
function withPathFacts(json: Json, { params, state }: GatewayContext): Json {
	const { dialect, isStream = false } = state.exchange.operation ?? {};
	return dialect?.path?.withFacts(json, { model: params.model ?? "", isStream }) ?? json;
}

/** JSON that passes is read all the same, as the model that it names decides who may send it, and where. All else streams. */
function isReadPassing({ method, request, req }: GatewayContext): boolean {
	return method !== "GET" && method !== "HEAD" && !isWithoutBody(req) && Boolean(request.is("application/json"));
}

/**
 * A form of another site's page needs no leave of a browser to be sent here, whatever it holds. Where no credential says
 * that somebody means it, its content types change nothing, also where no body is needed.
 */
function requireVouched({ method, req, state }: GatewayContext): void {
	const { caller, actor } = state.exchange;
	if (method !== "POST" || caller !== undefined || actor !== undefined) return;
	const type = req.headers["content-type"];
	if (type === undefined || type.startsWith("application/json")) return;
	if (/^\s*(text\/plain|application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) throw notJson();
}

interface Reading {
	readonly decode: GatewayMiddleware;
	readonly bodies: BodyBudget;
	/** How long a client that has waited for room has to send its body. */
	readonly timeoutMs: number;
}

async function readBytes(ctx: GatewayContext, limit: number, { decode, bodies, timeoutMs }: Reading): Promise<Buffer> {
	const { req, state } = ctx;
	requireType(ctx, state.exchange.operation?.textField);
	const length = req.headers["content-length"];
	if (Number(length) > limit) throw tooLarge(limit);
	const isCoded = lowerCoding(req);
	const hold = bodies.hold();
	state.exchange.bodyHold = hold;
	state.exchange.onClose(hold.release);
	const isCounted = length !== undefined && !isCoded;
	const room = isCounted ? hold.take(Number(length)) : undefined;
	if (isCounted && room === undefined) return wholeBody(ctx, Number(length));
	const pace = new BodyPace(req, timeoutMs);
	const take: Take = (bytes) => {
		const more = hold.take(bytes);
		return more && pace.waitFor(more);
	};
	return pace.during(async () => {
		if (room !== undefined) await pace.waitFor(room);
		if (isCounted) return wholeBody(ctx, Number(length));
		askFor(ctx);
		return isCoded ? decoded(ctx, take, decode) : arrivingBody(req, undefined, counting(take, limit));
	});
}

const nothing: Buffer = Buffer.alloc(0);
const doNothing = async () => {};

/** Takes room for so many bytes that have come. @returns undefined unless the next ones have to wait @throws as `BodyHold.take` */
type Take = (bytes: number) => Promise<void> | undefined;

/** @throws GatewayError if the client has gone */
function askFor({ req, res, state }: GatewayContext): void {
	askForBody(req, res);
	if (state.exchange.isClosed) throw clientGone();
}

/** One for which there is room. */
function wholeBody(ctx: GatewayContext, length: number): Promise<Buffer> {
	askFor(ctx);
	return arrivingBody(ctx.req, length, () => undefined);
}

/** Counts a body whose length nobody knows as it comes. @throws GatewayError when it is too large, or there is no room for it */
function counting(take: Take, limit: number): Take {
	let size = 0;
	return (bytes) => {
		size += bytes;
		if (size > limit) throw tooLarge(limit);
		return take(bytes);
	};
}

async function decoded(ctx: GatewayContext, take: Take, decode: GatewayMiddleware): Promise<Buffer> {
	countDecoded(ctx.req, take);
	await unlessGone(ctx.state.exchange, () => decode(ctx, doNothing));
	return ctx.request.body as Buffer;
}

/** Counts what comes out of a body's coding. */
function countDecoded(req: IncomingMessage, take: Take): void {
	const count = (stream: Readable) => {
		const add = ({ length }: Buffer) => {
			try {
				const room = take(length);
				if (room === undefined) return;
				stream.pause();
				room.then(() => stream.resume(), refuse);
			} catch (error) {
				refuse(error);
			}
		};
		const refuse = (error: unknown) => {
			stream.off("data", add);
			// Whoever collects it stops, and keeps nothing.
			stream.emit("error", error);
		};
		// Nobody may be left to be told.
		stream.on("error", () => {}).on("data", add);
	};
	const { pipe } = req;
	req.pipe = (decoder, options) => {
		count(decoder as unknown as Readable);
		return pipe.call(req, decoder, options) as typeof decoder;
	};
}

/** koa-bodyparser as text that is left as the bytes it is, since its JSON comes without them. */
function bodyDecoder(limit: number): GatewayMiddleware {
	return koaBodyParser({
		enableTypes: ["text"],
		extendTypes: { text: ["application/json"] },
		encoding: null,
		textLimit: limit,
		onerror: (error: Error, ctx: GatewayContext) => {
			// The rest of the body has to go somewhere before the connection's next request can be read.
			ctx.req.unpipe().resume();
			throw readingError(error, limit);
		},
	} as object as koaBodyParser.Options) as unknown as GatewayMiddleware;
}

/** Codings are written in any case, and `x-gzip` is gzip (RFC 9110 §8.4.1); koa-bodyparser knows neither. */
function lowerCoding({ headers }: IncomingMessage): boolean {
	const coding = headers["content-encoding"]?.toLowerCase();
	if (coding === undefined) return false;
	headers["content-encoding"] = coding === "x-gzip" ? "gzip" : coding;
	return true;
}

/** A compressed body is read through a pipe, which never ends when the client goes. */
function unlessGone(exchange: Exchange, read: () => unknown): Promise<unknown> {
	const gone = new Promise((_resolve, reject) => exchange.onClose(() => reject(clientGone())));
	return Promise.race([read(), gone]);
}

function isWithoutBody({ headers }: IncomingMessage): boolean {
	return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;
}

function requireType(ctx: GatewayContext, textField: TextField | undefined): void {
	if (textField === undefined) requireJson(ctx);
	else if (!ctx.request.is(textField.type))
		throw new GatewayError(415, `The content-type must be ${textField.type} or multipart/form-data.`, {
			code: "unsupported_media_type",
		});
}

function requireJson(ctx: GatewayContext): void {
	if (ctx.state.exchange.operation?.dialect?.readsAnyType && isSentByProgram(ctx))
		ctx.req.headers["content-type"] = "application/json";
	if (ctx.req.headers["content-type"] === "application/json") return;
	if (!ctx.request.is("application/json")) throw notJson();
	const charsets = ctx.get("content-type").matchAll(/;\s*charset\s*=\s*"?([^";\s]*)/gi);
	for (const [, charset] of charsets) {
		if (/^utf-?8$/i.test(charset as string)) continue;
		throw new GatewayError(415, "JSON is always UTF-8 (RFC 8259 §8.1).", { code: "unsupported_charset" });
	}
}

/** A page's form can't bring a credential, and a browser owns up to what it is. */
function isSentByProgram({ req: { headers }, state: { exchange } }: GatewayContext): boolean {
	if (exchange.caller !== undefined || exchange.actor !== undefined) return true;
	const { origin, referer, "sec-fetch-site": site, "user-agent": agent = "" } = headers;
	return origin === undefined && referer === undefined && site === undefined && !/^mozilla\//i.test(agent);
}

function notJson(): GatewayError {
	return new GatewayError(415, "The content-type must be application/json.", { code: "unsupported_media_type" });
}

function readingError(error: Error & { status?: number; type?: string }, limit: number): GatewayError {
	if (error instanceof GatewayError) return error;
	if (error.status === 413 || error.type === "entity.too.large") return tooLarge(limit);
	if (error.status === 415)
		return new GatewayError(415, "The content-encoding must be gzip, deflate, br or identity.", {
			code: "unsupported_content_encoding",
		});
	if (error.type === "request.aborted") return clientGone();
	return malformed("The body is not what its content-encoding and content-length say.");
}

function tooLarge(limit: number): GatewayError {
	return new GatewayError(413, `The body is larger than ${limit} bytes.`, { code: "body_too_large" });
}
