/** A request's headers for the ledger: credentials can be compared, but not read. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const secrets = new Set(["authorization", "proxy-authorization", "cookie", "api-key", "x-api-key"]);

export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => {
			const text = [value ?? ""].flat().join(", ");
			return [name, secrets.has(name) ? redact(text) : text];
		}),
	);
}

/** `Bearer [redacted 1a2b3c4d]`, with the start of the secret's SHA-256. */
function redact(text: string): string {
	const [, scheme = "", secret = ""] = /^(bearer |basic )?(.*)$/is.exec(text) ?? [];
	return `${scheme}[redacted ${createHash("sha256").update(secret).digest("hex").slice(0, 8)}]`;
}
