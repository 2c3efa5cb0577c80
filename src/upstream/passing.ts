/** Requests that pass to an upstream unread: where they go there, how their bodies stream, and when they may be sent again. */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { BodyStream } from "../forms/form.js";
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

/** Goes out at the pace at which the upstream takes it. The client's connection outlives it, since its answer goes there. */
export function uploadStream(upload: IncomingMessage): BodyStream {
	const { "content-length": length } = upload.headers;
	return {
		length: length === undefined ? undefined : Number(length),
		open: () => Readable.from(upload.iterator({ destroyOnReturn: false }), { objectMode: false }),
	};
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
