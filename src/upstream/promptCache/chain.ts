/** A prompt as blocks, in the order in which caches have it: tools, system, settings, messages; each of them as a hash. */
import { crc32 } from "node:zlib";
import { isObject } from "../../json/isObject.js";

type Json = Readonly<Record<string, unknown>>;

/** How many blocks there are before the messages. */
export type Heads = readonly [tools: number, system: number, settings: number];

export interface Chain {
	readonly heads: Heads;
	/** One of 32 bits for each block; 0 for a setting that isn't there. */
	readonly hashes: Uint32Array;
	/** How many blocks there are up to the last breakpoint (`cache_control`), with its own; 0 without any. */
	readonly marked: number;
	/** Some breakpoint asks for an hour. */
	readonly isForHour: boolean;
	/**
	 * What the client calls a block, or called one that is no more: `tools[3]`, `system`, `messages[4]`.
	 *
	 * @param section a place in `heads`, or the one after them for messages. @param index among those of its kind
	 */
	nameOf(section: number, index: number): string;
}

/** Members that change what the model reads, although they are neither tools nor text. A list is never shortened: places count. */
const settingNames = [
	"tool_choice",
	"thinking",
	"response_format",
	"text",
	"output_config",
	"toolConfig",
	"cachedContent",
] as const;

export function chainOf(json: Json): Chain {
	const tools = listOf("tools", json.tools ?? json.functions);
	const system = [
		...listOf("system", json.system),
		...listOf("instructions", json.instructions),
		...listOf("systemInstruction", json.systemInstruction ?? json.system_instruction),
	];
	const settings = settingNames.map((name): Block => [name, json[name]]);
	const messages = [
		...listOf("messages", json.messages),
		...listOf("input", json.input),
		...listOf("contents", json.contents),
	];
	const blocks = [...tools, ...system, ...settings, ...messages];
	const hashes = new Uint32Array(blocks.length);
	const marks: Marks = { marked: 0, isForHour: false };
	for (const [at, [, value]] of blocks.entries()) hashes[at] = hashOf(value, at + 1, marks);
	// Anthropic's automatic breakpoint, on the last block.
	if (isObject(json.cache_control)) noteMark(json.cache_control, blocks.length, marks);
	return {
		heads: [tools.length, system.length, settings.length],
		hashes,
		...marks,
		nameOf: (section, index) => {
			const kind = [tools, system, settings, messages][section] ?? [];
			return kind[index]?.[0] ?? `${["tools", "system"][section] ?? "messages"}[${index}]`;
		},
	};
}

type Block = readonly [name: string, value: unknown];

interface Marks {
	marked: number;
	isForHour: boolean;
}

function listOf(name: string, value: unknown): Block[] {
	if (value == null) return [];
	return Array.isArray(value) ? value.map((item, at): Block => [`${name}[${at}]`, item]) : [[name, value]];
}

/** @param place how many blocks there are up to this one */
function hashOf(value: unknown, place: number, marks: Marks): number {
	return value === undefined ? 0 : hashed(value, 0, place, marks) >>> 0 || 1;
}

/** Longer texts are hashed by native code, which costs as much for each call as a short text does here. */
const shortCharacters = 48;
const primes = { text: 0x01000193, list: 0x85ebca6b, end: 0xc2b2ae35 } as const;

/** Agents move their breakpoints with each turn, which changes nothing of the prompt: they are noted, and not hashed. */
function hashed(value: unknown, seed: number, place: number, marks: Marks): number {
	if (typeof value === "string") {
		return value.length > shortCharacters ? crc32(value, seed >>> 0) : hashedShort(value, seed ^ value.length);
	}
	if (typeof value !== "object" || value === null) return hashedShort(String(value), seed ^ 0x3a);
	if (Array.isArray(value)) {
		let hash = Math.imul(seed ^ (value.length + 1), primes.list);
		for (const item of value) hash = hashed(item, hash, place, marks);
		return hash;
	}
	let hash = Math.imul(seed ^ 0x7b, primes.list);
	for (const name in value) {
		const member = (value as Json)[name];
		if (name === "cache_control") noteMark(member, place, marks);
		else hash = hashed(member, hashedShort(name, hash), place, marks);
	}
	return Math.imul(hash ^ 0x7d, primes.end);
}

/** FNV-1a. */
function hashedShort(text: string, seed: number): number {
	let hash = seed;
	for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), primes.text);
	return hash;
}

function noteMark(mark: unknown, place: number, marks: Marks): void {
	if (!isObject(mark)) return;
	marks.marked = place;
	marks.isForHour ||= mark.ttl === "1h";
}

export function hashesAsText(hashes: Uint32Array): string {
	return Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength).toString("base64");
}

export function hashesFromText(text: string): Uint32Array {
	const bytes = Buffer.from(text, "base64");
	return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
