/** Requests that pass to an upstream unread: where they go there, how their bodies stream, and when they may be sent again. */
import type { IncomingMessage } from "node:http";
import type { Fault } from "./fault.js";

export interface Passing {
	/** The body as it comes from the client; undefined if there is none, or it was read. */
	readonly upload: IncomingMessage | undefined;
}

/** `/v1` at the end of a base path: such a version is a part of the paths that pass. */
const versionAtEnd = /\/v\d+[a-z0-9]*$/i;

/** `/v1/fine_tuning` of a client, at `https://example.com/openai/v1`, is `/openai/v1/fine_tuning`. */
export function passingPath(basePath: string, path: string): string {
	return basePath.replace(versionAtEnd, "") + path;
}

/** The body's own framing, which nothing changes. Without a length it goes out in chunks. */
export function uploadHeaders({ headers }: IncomingMessage): string[] {
	return (["content-length", "content-encoding"] as const).flatMap((name) => {
		const value = headers[name];
		return value === undefined ? [] : [name, value];
	});
}

/** At the pace at which the upstream takes it. The client's connection outlives it, since its answer goes there. */
export function uploaded(upload: IncomingMessage): AsyncIterable<Buffer> {
	return { [Symbol.asyncIterator]: () => upload.iterator({ destroyOnReturn: false }) };
}

interface PassingRequest {
	readonly method: string;
	readonly passing?: Passing | undefined;
}

/** Their effect is the same however often they come (RFC 9110 §9.2.2). */
const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "PUT", "DELETE"]);

/** Nobody knows what a host has done with a request that it was sent, unless it has refused to take it now. */
export function mayRepeat({ passing, method }: PassingRequest, { kind }: Fault, wasSent: boolean): boolean {
	if (passing === undefined || !wasSent) return true;
	if (passing.upload?.readableDidRead) return false;
	return idempotent.has(method) || kind === "rate_limited" || kind === "busy";
}
