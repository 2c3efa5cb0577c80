/** Recorded exchanges with vendors' APIs. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export interface Recording {
	readonly id: string;
	readonly stream: boolean;
	/** Of the path, where that says it: `generateContent`. */
	readonly action?: string;
	readonly request: { readonly body: unknown };
	readonly response: {
		readonly status: number;
		readonly headers: Readonly<Record<string, string>>;
		readonly body: unknown;
	};
}

/** @param name of a file in `test/dialects/recordings`, without its ending */
export function recordingsOf(name: string): Recording[] {
	const file = (ending: string) => new URL(`../dialects/recordings/${name}${ending}`, import.meta.url);
	const plain = [file(".jsonl")].filter(existsSync).map((path) => readFileSync(path));
	const packed = [file(".jsonl.gz"), file(".large.jsonl.gz")].filter(existsSync);
	const texts = [...plain, ...packed.map((path) => gunzipSync(readFileSync(path)))];
	const lines = texts.flatMap((text) => text.toString().split("\n"));
	return lines.filter((line) => line !== "").map((line) => withOneAnswer(JSON.parse(line) as Recording));
}

/** One recording has several streams one after the other. */
function withOneAnswer(recording: Recording): Recording {
	const { response } = recording;
	if (!recording.stream || typeof response.body !== "string") return recording;
	const last = response.body.indexOf('"type":"response.completed"');
	const end = last === -1 ? -1 : response.body.indexOf("\n\n", last);
	if (end === -1) return recording;
	return { ...recording, response: { ...response, body: response.body.slice(0, end + 2) } };
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
