/** Reads a JSON body (koa-bodyparser) and keeps the very bytes it was read from. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import koaBodyParser from "koa-bodyparser";
import { GatewayError } from "../contract/gatewayError.js";
import { nestsDeeperThan } from "../contract/nesting.js";
import { definePlugin, type GatewayContext, type GatewayMiddleware } from "../plugin.js";

/** RFC 8259 §9 lets a parser limit nesting; parsers behind the gateway have limits that end in crashes. */
const maxNesting = 1000;

const decompress = { gzip: gunzipSync, "x-gzip": gunzipSync, deflate: inflateSync, br: brotliDecompressSync };

export const body = definePlugin({
	name: "body",
	stage: "validated",
	middleware: (_options, { settings }): GatewayMiddleware => {
		const parsers = new Map<number, GatewayMiddleware>();
		const parserFor = (limit: number) => {
			const parser = parsers.get(limit) ?? jsonParser(limit);
			parsers.set(limit, parser);
			return parser;
		};
		return async (ctx, next) => {
			const operation = ctx.state.exchange.operation;
			if (!operation?.takesBody) return next();
			const limit = Math.min(operation.maxBodyBytes ?? settings.maxBodyBytes, settings.maxBodyBytes);
			requireJson(ctx);
			if (Number(ctx.req.headers["content-length"]) > limit) throw tooLarge(limit);
			if (ctx.req.headers.expect !== undefined) ctx.res.writeContinue();
			const chunks = keepBytes(ctx.req, limit);
			await parserFor(limit)(ctx, doNothing);
			const bytes = plainBytes(ctx, Buffer.concat(chunks), limit);
			if (bytes.length === 0 && operation.requiresBody) throw malformed("A request body is required.");
			if (nestsDeeperThan(bytes, maxNesting)) throw malformed(`The body nests deeper than ${maxNesting} levels.`);
			ctx.state.exchange.body = { json: ctx.request.body as Record<string, unknown>, bytes };
			ctx.request.rawBody = "";
			await next();
		};
	},
});

const doNothing = async () => {};

function jsonParser(limit: number): GatewayMiddleware {
	return koaBodyParser({
		enableTypes: ["json"],
		jsonLimit: limit,
		// A member called `__proto__` is valid JSON, and harmless where objects are never merged.
		onProtoPoisoning: "ignore",
		onerror: (error: Error) => {
			throw readingError(error, limit);
		},
	} as object as koaBodyParser.Options) as unknown as GatewayMiddleware;
}

/** koa-bodyparser hands on text in which bytes that are no UTF-8 have been replaced; this keeps what really came. */
function keepBytes(request: IncomingMessage, limit: number): Buffer[] {
	const chunks: Buffer[] = [];
	let size = 0;
	request.on("data", (chunk: Buffer) => {
		size += chunk.length;
		if (size <= limit) chunks.push(chunk);
	});
	return chunks;
}

function plainBytes(ctx: GatewayContext, received: Buffer, limit: number): Buffer {
	const coding = ctx.get("content-encoding").toLowerCase();
	if (coding === "" || coding === "identity") return utf8(received);
	const text = String(ctx.request.rawBody);
	// Only a replacement character leaves open whether the text was UTF-8.
	if (text.includes("\ufffd"))
		utf8(decompress[coding as keyof typeof decompress](received, { maxOutputLength: limit }));
	return Buffer.from(text);
}

function utf8(bytes: Buffer): Buffer {
	if (!isUtf8(bytes)) throw malformed("The body is not UTF-8 (RFC 8259 §8.1).");
	if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
		throw malformed("The body begins with a byte order mark, which JSON does not allow (RFC 8259 §8.1).");
	return bytes;
}

function requireJson(ctx: GatewayContext): void {
	const { "content-type": type, "content-length": length, "transfer-encoding": chunked } = ctx.req.headers;
	if (type === undefined && (length === undefined || length === "0") && chunked === undefined)
		throw malformed("A request body is required.");
	if (!ctx.request.is("application/json"))
		throw new GatewayError(415, "The content-type must be application/json.", { code: "unsupported_media_type" });
	const charset = /;\s*charset="?([^";\s]*)/i.exec(type ?? "")?.[1];
	if (charset !== undefined && !/^utf-?8$/i.test(charset))
		throw new GatewayError(415, "JSON is always UTF-8 (RFC 8259 §8.1).", { code: "unsupported_charset" });
}

function readingError(error: Error & { status?: number; type?: string; code?: string }, limit: number): GatewayError {
	if (error.status === 413 || error.type === "entity.too.large") return tooLarge(limit);
	if (error.status === 415)
		return new GatewayError(415, "The content-encoding must be gzip, deflate, br or identity.", {
			code: "unsupported_content_encoding",
		});
	if (error.type === "request.aborted") return new GatewayError(499, "The client closed the connection.");
	if (error.code?.startsWith("Z_") || error.code?.startsWith("ERR_") || error.type?.startsWith("request.size"))
		return malformed("The body is not what its content-encoding and content-length say.");
	return malformed(`The body is not valid JSON: ${firstWords(error.message)}`);
}

/** V8 quotes the text around the mistake; the place is enough. */
function firstWords(message: string): string {
	return `${message.replace(/, (?:\.\.\.)?".*$/s, "").replace(/in JSON at/, "at")}.`.slice(0, 200);
}

function malformed(message: string): GatewayError {
	return new GatewayError(400, message, { code: "invalid_body" });
}

function tooLarge(limit: number): GatewayError {
	return new GatewayError(413, `The body is larger than ${limit} bytes.`, { code: "body_too_large" });
}
