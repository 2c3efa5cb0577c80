/** Counts tokens as the model will, where its tokenizer is known (gpt-tokenizer, loaded with the first request that needs it). */
import { GatewayError } from "../errors/gatewayError.js";
import type { PromptPieces } from "./promptPieces.js";

export type Encoding = "o200k_base" | "cl100k_base";

interface Tokenizer {
	encode(text: string): number[];
	decode(tokens: readonly number[]): string;
}

/** OpenAI's, whoever serves them, and with whatever stands before a slash (`openai/gpt-4o`). */
const encodings: readonly (readonly [RegExp, Encoding])[] = [
	[/^(gpt-4o|chatgpt-4o|gpt-4\.[15]|gpt-[5-9]|gpt-oss|o[1-9](-|$)|codex-)/, "o200k_base"],
	[/^(gpt-4|gpt-3\.5|text-embedding-(ada-002|3-))/, "cl100k_base"],
];

/** A long run of one kind of letter takes a tokenizer seconds; in slices it takes no more than any text. */
const sliceCharacters = 1_024;
/** Counted in one turn of the event loop: some milliseconds. */
const turnCharacters = 4_096;
/** Text after these characters is assumed to be like them. */
const maxCharacters = 131_072;

/** Encodings by requested model name; bounded, since clients make names up. */
const known = new Map<string, Encoding | undefined>();
const mostKnown = 1_000;

const loaded = new Map<Encoding, Promise<Tokenizer | undefined>>();

export function encodingOf(model: string): Encoding | undefined {
	if (known.has(model)) return known.get(model);
	const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
	const encoding = encodings.find(([pattern]) => pattern.test(name))?.[1];
	if (known.size >= mostKnown) known.clear();
	known.set(model, encoding);
	return encoding;
}

/** Tokens of a request, in several turns of the event loop where it is long. */
export async function countTokens({ texts, tokens }: PromptPieces, encoding: Encoding): Promise<number> {
	const tokenizer = await tokenizerOf(encoding);
	let counted = 0;
	let characters = 0;
	let left = 0;
	let inTurn = 0;
	for (const text of texts) {
		for (let at = 0; at < text.length; at += sliceCharacters) {
			if (characters >= maxCharacters) {
				left += text.length - at;
				break;
			}
			const slice = text.slice(at, at + sliceCharacters);
			counted += tokenizer?.encode(slice).length ?? estimate(slice);
			characters += slice.length;
			inTurn += slice.length;
			if (inTurn < turnCharacters) continue;
			inTurn = 0;
			await new Promise((resolve) => setImmediate(resolve));
		}
	}
	const rest = left === 0 ? 0 : (left * counted) / characters;
	return tokens + Math.ceil(counted + rest);
}

/** @returns the text's tokens, in slices as they are counted; undefined if the tokenizer can't be loaded */
export async function encodeText(text: string, encoding: Encoding): Promise<number[] | undefined> {
	const tokenizer = await tokenizerOf(encoding);
	if (tokenizer === undefined) return undefined;
	const tokens: number[] = [];
	let inTurn = 0;
	for (let at = 0; at < text.length; ) {
		const end = endOfSlice(text, at);
		for (const token of tokenizer.encode(text.slice(at, end))) tokens.push(token);
		inTurn += end - at;
		at = end;
		if (inTurn < turnCharacters) continue;
		inTurn = 0;
		await new Promise((resolve) => setImmediate(resolve));
	}
	return tokens;
}

/** Not in the middle of a character that is two of UTF-16. */
function endOfSlice(text: string, at: number): number {
	const end = Math.min(text.length, at + sliceCharacters);
	const isHalf = end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
	return isHalf ? end + 1 : end;
}

/** @returns undefined if the tokenizer can't be loaded @throws GatewayError 400 for tokens that it doesn't know */
export async function decodeTokens(tokens: readonly number[], encoding: Encoding): Promise<string | undefined> {
	const tokenizer = await tokenizerOf(encoding);
	try {
		return tokenizer?.decode(tokens);
	} catch (cause) {
		const message = "tokens has a number that is no token of the model.";
		throw new GatewayError(400, message, { code: "invalid_value", param: "tokens", cause });
	}
}

function tokenizerOf(encoding: Encoding): Promise<Tokenizer | undefined> {
	let found = loaded.get(encoding);
	if (found === undefined) {
		// Node never tries again to load what it could not load once, as for want of open files.
		found = load(encoding).catch(() => undefined);
		loaded.set(encoding, found);
	}
	return found;
}

function estimate(text: string): number {
	return Math.ceil(Buffer.byteLength(text) / 4);
}

async function load(encoding: Encoding): Promise<Tokenizer> {
	const { encode, decode } =
		encoding === "o200k_base"
			? await import("gpt-tokenizer/encoding/o200k_base")
			: await import("gpt-tokenizer/encoding/cl100k_base");
	// Text in a prompt that looks like a special token is text.
	const options = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
	return { encode: (text) => encode(text, options), decode };
}
