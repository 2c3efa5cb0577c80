/** Which answers of a connection are followed by others there, since its client sent more requests before it had them. */
import type { ServerResponse } from "node:http";

const followed = new WeakSet<ServerResponse>();

/** @param response the one before, if that is still to be given */
export function noteFollowed(response: ServerResponse | undefined): void {
	if (response !== undefined && !response.writableFinished) followed.add(response);
}

export function isFollowed(response: ServerResponse): boolean {
	return followed.has(response);
}
