/** Recorded exchanges with vendors' APIs. */
import { readFileSync } from "node:fs";

export interface Recording {
	readonly id: string;
	readonly stream: boolean;
	readonly request: { readonly body: unknown };
	readonly response: {
		readonly status: number;
		readonly headers: Readonly<Record<string, string>>;
		readonly body: unknown;
	};
}

/** @param name of a file in `test/dialects/recordings`, without its ending */
export function recordingsOf(name: string): Recording[] {
	const lines = readFileSync(new URL(`../dialects/recordings/${name}.jsonl`, import.meta.url), "utf8").split("\n");
	return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Recording);
}

/** The answer's body as it came. */
export function bodyOf({ response: { body } }: Recording): string {
	return typeof body === "string" ? body : JSON.stringify(body);
}

/** What was asked, where that was recorded. */
export function requestOf({ request: { body } }: Recording): Record<string, unknown> | undefined {
	const parsed: unknown = typeof body === "string" ? JSON.parse(body) : body;
	return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
}
