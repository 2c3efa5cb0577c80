/** Clients that send a body only once they are asked for it. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Has the body come where its client waits for that. HTTP/1.0 knows no interim responses (RFC 9110 §10.1.1). */
export function askForBody({ headers, httpVersion }: IncomingMessage, response: ServerResponse): void {
	if (headers.expect !== undefined && httpVersion === "1.1") response.writeContinue();
}
