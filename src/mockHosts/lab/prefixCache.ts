/** The lab's prompt cache: prefixes of prompts by their hashes, as vendors and vLLM keep them. */
import { createHash } from "node:crypto";
import type { PromptPiece } from "./canonicalPrompt.js";

/** Tokens of a prompt, and how many of them were read from the cache, and written to it. */
export interface CacheUse {
	readonly prompt: number;
	readonly cached: number;
	readonly written: number;
	readonly writtenForHour: number;
}

/** A token for so many characters. */
const tokenCharacters = 4;
const minuteMs = 60_000;
/** What is shorter is not kept where vendors cache by themselves, nor where they are told to. */
const leastTokens = 1024;

export interface BlockRules {
	readonly blockTokens: number;
	readonly leastTokens: number;
	readonly lifetimeMs: number;
}

/** OpenAI's steps, and vLLM's blocks, which stay until others need the place. */
export const automaticRules: BlockRules = { blockTokens: 128, leastTokens, lifetimeMs: 10 * minuteMs };
export const vllmRules: BlockRules = { blockTokens: 16, leastTokens: 0, lifetimeMs: Number.POSITIVE_INFINITY };

/** Anthropic's: how many breakpoints there may be, and how many pieces before one are looked at. */
const maxMarks = 4;
const lookBack = 20;
const lifetimes = { "5m": 5 * minuteMs, "1h": 60 * minuteMs };

interface Kept {
	expiresAt: number;
	readonly lifetimeMs: number;
}

export class PrefixCache {
	/** By hash; those used last come last. */
	readonly #kept = new Map<string, Kept>();
	readonly #now: () => number;
	readonly #maxEntries: number;

	/** @param now milliseconds since the epoch */
	constructor(now: () => number, maxEntries = 100_000) {
		this.#now = now;
		this.#maxEntries = maxEntries;
	}

	clear(): void {
		this.#kept.clear();
	}

	/** Keeps all of the prompt in blocks, without being asked. @param partition what is kept for others is not seen */
	useBlocks(pieces: readonly PromptPiece[], partition: string, rules: BlockRules): CacheUse {
		const text = pieces.map((piece) => piece.text).join("\n");
		const prompt = Math.ceil(text.length / tokenCharacters);
		const size = rules.blockTokens * tokenCharacters;
		let hash = hashOf(partition, "");
		let cached = 0;
		let isShared = true;
		for (let end = size; end <= text.length; end += size) {
			hash = hashOf(hash, text.slice(end - size, end));
			isShared &&= this.#read(hash);
			if (isShared) cached += rules.blockTokens;
			this.#write(hash, rules.lifetimeMs);
		}
		return { prompt, cached: cached < rules.leastTokens ? 0 : cached, written: 0, writtenForHour: 0 };
	}

	/** Keeps what breakpoints mark. @throws Error for breakpoints that Anthropic refuses */
	useMarks(pieces: readonly PromptPiece[], partition: string): CacheUse {
		const ends = endsOf(pieces, partition);
		const marks = pieces.flatMap(({ mark }, at) => (mark === undefined ? [] : [{ at, mark }]));
		refuse(marks);
		const tokensAt = (at: number) => Math.ceil((ends[at]?.characters ?? 0) / tokenCharacters);
		const prompt = tokensAt(pieces.length - 1);
		const worth = marks.filter(({ at }) => tokensAt(at) >= leastTokens);
		const found = this.#longest(worth.map(({ at }) => at).reverse(), ends);
		const cached = found === undefined ? 0 : tokensAt(found);
		for (const { at, mark } of worth) this.#write(ends[at]?.hash ?? "", lifetimes[mark]);
		const upTo = (last: { at: number } | undefined) =>
			last === undefined ? 0 : Math.max(0, tokensAt(last.at) - cached);
		const written = upTo(worth.at(-1));
		return { prompt, cached, written, writtenForHour: upTo(worth.findLast(({ mark }) => mark === "1h")) };
	}

	#longest(marks: readonly number[], ends: readonly End[]): number | undefined {
		for (const mark of marks)
			for (let at = mark; at >= Math.max(0, mark - lookBack); at -= 1) if (this.#read(ends[at]?.hash ?? "")) return at;
		return undefined;
	}

	/** @returns whether it is there; what is read is kept for its time anew */
	#read(hash: string): boolean {
		const kept = this.#kept.get(hash);
		if (kept === undefined) return false;
		this.#kept.delete(hash);
		if (kept.expiresAt <= this.#now()) return false;
		kept.expiresAt = this.#now() + kept.lifetimeMs;
		this.#kept.set(hash, kept);
		return true;
	}

	#write(hash: string, lifetimeMs: number): void {
		this.#kept.delete(hash);
		this.#kept.set(hash, { expiresAt: this.#now() + lifetimeMs, lifetimeMs });
		if (this.#kept.size <= this.#maxEntries) return;
		const [oldest] = this.#kept.keys();
		this.#kept.delete(oldest as string);
	}
}

interface End {
	readonly hash: string;
	/** From the prompt's beginning. */
	readonly characters: number;
}

function endsOf(pieces: readonly PromptPiece[], partition: string): End[] {
	let hash = hashOf(partition, "");
	let characters = 0;
	return pieces.map(({ text }) => {
		hash = hashOf(hash, text);
		characters += text.length;
		return { hash, characters };
	});
}

function refuse(marks: readonly { mark: "5m" | "1h" }[]): void {
	if (marks.length > maxMarks)
		throw new Error(`A maximum of ${maxMarks} blocks with cache_control may be provided. Found ${marks.length}.`);
	const short = marks.findIndex(({ mark }) => mark === "5m");
	if (short !== -1 && marks.slice(short).some(({ mark }) => mark === "1h"))
		throw new Error("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.");
}

function hashOf(before: string, text: string): string {
	return createHash("sha1").update(before).update("\0").update(text).digest("base64");
}
