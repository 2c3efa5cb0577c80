/** A request of the gateway's own on behalf of a client: it goes the way that the client's own request would go. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { boundedBody } from "../exchange/boundedBody.js";
import { type Accept, postWithin } from "../exchange/innerRequest.js";
import { credentialsIn } from "../keys/credentials.js";

export interface OwnRequest {
	readonly path: string;
	readonly body: object;
	readonly requestId: string;
	readonly timeoutMs: number;
	readonly maxBytes: number;
}

const passed = ["host", "x-forwarded-for", "user-agent"];

/**
 * With the client's credentials and address, so that it is checked, limited, charged and recorded as the client's.
 *
 * @returns the body of a 200
 * @throws Error for anything else
 */
export function askAsClient(
	accept: Accept,
	client: IncomingMessage,
	signal: AbortSignal,
	own: OwnRequest,
): Promise<Buffer> {
	const { path, requestId } = own;
	const { remoteAddress, localAddress } = client.socket;
	return new Promise((resolve, reject) => {
		const asking = postWithin(accept, {
			...{ path, requestId, body: JSON.stringify(own.body), headers: headersOf(client.headers) },
			from: { remoteAddress, localAddress },
			signal: AbortSignal.any([signal, AbortSignal.timeout(own.timeoutMs)]),
		});
		asking.on("error", reject);
		asking.on("response", (response) => collect(response, own.maxBytes).then(resolve, reject));
	});
}

function headersOf(headers: IncomingHttpHeaders): Record<string, string> {
	const own: Record<string, string> = {};
	for (const name of passed) if (typeof headers[name] === "string") own[name] = headers[name];
	for (const [name] of credentialsIn(headers)) own[name] = String(headers[name]);
	return own;
}

async function collect(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
	const body = await boundedBody(response, maxBytes);
	if (body === undefined) throw new Error("the answer is too long");
	if (response.statusCode !== 200) throw new Error(`the answer has status ${response.statusCode}`);
	return body;
}
