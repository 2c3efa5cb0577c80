/** `/v1/echo` and all below it: a path that no vendor has, to try what a route lets pass. */

/** @returns undefined for any other path */
export function echoAt(method: string, path: string, body: string): object | undefined {
	if (path !== "/v1/echo" && !path.startsWith("/v1/echo/")) return undefined;
	return { object: "echo", method, path, body };
}
