/** Answers that are no text. */
import type { Head } from "./responseStream.js";

/** Sound, pictures, or bytes that nobody has a name for: they are neither decoded nor logged. */
export function isBinary({ headers }: Pick<Head, "headers">): boolean {
	return /^(?:audio|image|video)\/|^application\/octet-stream\b/i.test(headers["content-type"] ?? "");
}
