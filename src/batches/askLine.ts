/** The gateway's own request for a line of a batch: it goes the way that its owner's own request would go. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { credentialsIn, type Origin } from "../background/task.js";
import type { Seals } from "../dialects/seals.js";
import { boundedBody } from "../exchange/boundedBody.js";
import { type Accept, postWithin } from "../exchange/innerRequest.js";
import type { Caller } from "../keys/caller.js";

/** Longest answer to a line. */
const maxAnswerBytes = 64 * 1024 * 1024;

export interface LineRequest {
	/** The batch's id. */
	readonly batch: string;
	readonly path: string;
	/** JSON. */
	readonly body: string;
	readonly requestId: string;
	readonly origin: Origin;
	readonly caller: Caller | undefined;
	/** Breaks it off. */
	readonly signal: AbortSignal;
}

export interface LineResponse {
	readonly status: number;
	readonly headers: IncomingMessage["headers"];
	readonly body: Buffer;
}

/** @returns undefined if it has broken off */
export async function askLine(accept: Accept, seals: Seals, line: LineRequest): Promise<LineResponse | undefined> {
	const { batch, path, body, requestId, origin, caller, signal } = line;
	// Lost ones may not be needed: an upstream that does need them says so.
	const credentials = credentialsIn(origin, seals);
	const partOf = { caller, formerCredential: undefined, clientCredentials: credentials.clients, batch };
	const asking = postWithin(accept, {
		...{ path, body, requestId, signal },
		headers: { ...origin.headers, ...credentials.headers, accept: "application/json" },
		from: { remoteAddress: origin.address, localAddress: "127.0.0.1" },
		marks: { partOf },
	});
	try {
		const [response] = (await once(asking, "response")) as [IncomingMessage];
		const whole = await boundedBody(response, maxAnswerBytes).catch(() => undefined);
		return whole && { status: response.statusCode ?? 0, headers: response.headers, body: whole };
	} catch {
		return undefined;
	}
}
