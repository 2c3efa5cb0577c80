/** What the client has been sent of a streamed completion, as far as a second answer has to agree with it. */
import { isObject } from "../json/isObject.js";
import { tokensOf } from "../dialects/usageCounts.js";
import {
	hasOutput,
	type Json,
	listIn,
	type ReasoningMember,
	readChoice,
	type Said,
	type SaidCall,
	type TextKind,
	textKinds,
} from "../dialects/openai/choice.js";

export interface SentCall {
	id: string;
	type: string;
	name: string;
	arguments: string;
}

/** What was said in one go: text of one kind, or calls by their place, until something of another kind followed. */
export type Run = { kind: TextKind; text: string } | { kind: "calls"; calls: Map<number, SentCall> };

export interface SentChoice {
	role: string | undefined;
	/** In the order in which they were said. */
	readonly runs: Run[];
	readonly reasoningMembers: Set<ReasoningMember>;
	finishReason: string | undefined;
	hasLogprobs: boolean;
	/** Something was sent with which no other answer can be compared. */
	isOpaque: boolean;
	/** Of its calls, by their place. */
	readonly ids: Map<number, string>;
}

/**
 * To be told of every chunk that is sent, the gateway's own and the spliced ones included: then a third answer can follow
 * a second one. Holds texts alone, and never throws at what a host sends.
 */
export class Transcript {
	readonly #choices = new Map<number, SentChoice>();
	#id: string | undefined;
	#created: number | undefined;
	#model: string | undefined;
	#systemFingerprint: string | undefined;
	#object: string | undefined;
	#usage: Json | undefined;
	#pieces = 0;
	#piecesSinceUsage = 0;

	/** Real output, as opposed to the preamble: the role's chunk, empty deltas, and a usage of nothing yet. */
	static hasOutput(chunk: Json): boolean {
		if ((chunk.error ?? null) !== null) return true;
		const choices = listIn(chunk.choices);
		if (isObject(chunk.usage)) {
			// Some hosts tell the usage so far with each chunk, also with the first, which says nothing.
			const { completion_tokens: tokens } = chunk.usage;
			if (choices.length === 0 || (typeof tokens === "number" && tokens > 0)) return true;
		}
		return choices.some((choice) => {
			if (!isObject(choice)) return false;
			const said = readChoice(choice, new Map());
			return said.finishReason !== undefined || hasOutput(said);
		});
	}

	/** Takes in a chunk; what is no chunk is passed over. */
	add(chunk: Json): void {
		if (!Array.isArray(chunk.choices)) return;
		this.#addHead(chunk);
		if (isObject(chunk.llmgw) && isObject(chunk.llmgw.seam)) this.#cutAt(chunk.llmgw.seam);
		let isPiece = false;
		for (const choice of chunk.choices) {
			if (!isObject(choice)) continue;
			const sent = this.#choiceAt(typeof choice.index === "number" ? choice.index : 0);
			const said = readChoice(choice, sent.ids);
			addSaid(sent, said);
			isPiece ||= hasOutput(said);
		}
		if (isPiece) this.#countPiece();
		if (isObject(chunk.usage)) {
			this.#usage = chunk.usage;
			this.#piecesSinceUsage = 0;
		}
	}

	/** Takes in a chunk that says nothing but `text` and is in all else like the one before. */
	addText(choice: number, text: string): void {
		if (text === "") return;
		const sent = this.#choiceAt(choice);
		sent.finishReason = undefined;
		addText(sent, this.#object === "text_completion" ? "text" : "content", text);
		this.#countPiece();
	}

	get id(): string | undefined {
		return this.#id;
	}

	/** Seconds since 1970. */
	get created(): number | undefined {
		return this.#created;
	}

	/** Of the target that spoke last, as the next two. */
	get model(): string | undefined {
		return this.#model;
	}

	get systemFingerprint(): string | undefined {
		return this.#systemFingerprint;
	}

	/** The latest that was sent. */
	get usage(): Json | undefined {
		return this.#usage;
	}

	get object(): string | undefined {
		return this.#object;
	}

	/** Chunks that carried output. */
	get pieces(): number {
		return this.#pieces;
	}

	/** Tokens of output so far: those that a host has told, and one for each piece since then. */
	get deliveredTokens(): number {
		const told = tokensOf(this.#usage)?.output;
		return told === undefined ? this.#pieces : told + this.#piecesSinceUsage;
	}

	/** By their index. */
	get choices(): ReadonlyMap<number, SentChoice> {
		return this.#choices;
	}

	get isEmpty(): boolean {
		if (this.#pieces > 0) return false;
		for (const { finishReason } of this.#choices.values()) if (finishReason !== undefined) return false;
		return true;
	}

	/** As many choices have been given their finish reason. */
	isFinished(choices: number): boolean {
		let finished = 0;
		for (const { finishReason } of this.#choices.values()) if (finishReason !== undefined) finished += 1;
		return finished >= choices;
	}

	/** All that was sent of a kind. */
	text(choice: number, kind: TextKind): string {
		let text = "";
		for (const run of this.#choices.get(choice)?.runs ?? []) if (run.kind === kind) text += run.text;
		return text;
	}

	/** Tool calls by their index, each with all of its arguments; a `function_call` by -1. */
	calls(choice: number): Map<number, SentCall> {
		return callsOf(this.#choices.get(choice)?.runs ?? []);
	}

	#addHead({ id, created, model, object, system_fingerprint: fingerprint }: Json): void {
		if (this.#id === undefined && typeof id === "string" && id !== "") this.#id = id;
		if (this.#created === undefined && typeof created === "number") this.#created = created;
		if (typeof model === "string" && model !== "") this.#model = model;
		if (typeof fingerprint === "string") this.#systemFingerprint = fingerprint;
		if (this.#object === undefined && typeof object === "string") this.#object = object;
	}

	/** What follows a seam stands in place of what was said behind it. */
	#cutAt({ offset, reasoning_offset: reasoningOffset }: Json): void {
		const sent = this.#choices.get(0);
		if (sent === undefined) return;
		if (typeof offset === "number") cutRuns(sent.runs, (kind) => kind === "content" || kind === "text", offset);
		if (typeof reasoningOffset === "number") cutRuns(sent.runs, (kind) => kind === "reasoning", reasoningOffset);
	}

	#choiceAt(index: number): SentChoice {
		let choice = this.#choices.get(index);
		if (choice) return choice;
		choice = {
			role: undefined,
			runs: [],
			reasoningMembers: new Set(),
			finishReason: undefined,
			hasLogprobs: false,
			isOpaque: false,
			ids: new Map(),
		};
		this.#choices.set(index, choice);
		return choice;
	}

	#countPiece(): void {
		this.#pieces += 1;
		this.#piecesSinceUsage += 1;
	}
}

/** Each call of these runs with all of its arguments. */
export function callsOf(runs: readonly Run[]): Map<number, SentCall> {
	const all = new Map<number, SentCall>();
	for (const run of runs) if (run.kind === "calls") for (const [place, call] of run.calls) addCall(all, place, call);
	return all;
}

function addSaid(sent: SentChoice, said: Said): void {
	sent.role ??= said.role;
	for (const kind of textKinds) if (said.texts[kind] !== "") addText(sent, kind, said.texts[kind]);
	for (const member of said.reasoningMembers) sent.reasoningMembers.add(member);
	for (const call of said.calls) addSaidCall(sent, call);
	// What a host says after a finish reason takes it back.
	if (said.finishReason !== undefined || hasOutput(said)) sent.finishReason = said.finishReason;
	sent.hasLogprobs ||= said.hasLogprobs;
	sent.isOpaque ||= said.isOpaque;
}

function addText({ runs }: SentChoice, kind: TextKind, text: string): void {
	const last = runs[runs.length - 1];
	if (last !== undefined && last.kind === kind) (last as { text: string }).text += text;
	else runs.push({ kind, text });
}

function addSaidCall({ runs }: SentChoice, call: SaidCall): void {
	let last = runs[runs.length - 1];
	if (last?.kind !== "calls") {
		// Some hosts end a call with a piece that says nothing.
		const isKnown = runs.some((run) => run.kind === "calls" && run.calls.has(call.place));
		if (isKnown && call.arguments === "") return;
		last = { kind: "calls", calls: new Map() };
		runs.push(last);
	}
	addCall(last.calls, call.place, call);
}

function addCall(calls: Map<number, SentCall>, place: number, { id, type, name, arguments: text }: SentCall): void {
	const before = calls.get(place);
	if (before === undefined) {
		calls.set(place, { id, type, name, arguments: text });
		return;
	}
	before.id ||= id;
	before.type ||= type;
	before.name ||= name;
	before.arguments += text;
}

function cutRuns(runs: Run[], isMeant: (kind: Run["kind"]) => boolean, codePoints: number): void {
	let left = codePoints;
	for (const run of runs) {
		if (run.kind === "calls" || !isMeant(run.kind)) continue;
		const points = Array.from(run.text);
		run.text = points.slice(0, left).join("");
		left = Math.max(0, left - points.length);
	}
	for (let at = runs.length - 1; at >= 0; at -= 1) {
		const run = runs[at];
		if (run && run.kind !== "calls" && run.text === "") runs.splice(at, 1);
	}
}
