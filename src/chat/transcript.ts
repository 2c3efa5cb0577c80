/** The part of a streamed completion that the client was sent, as far as a second answer has to agree with it. */
import { type ChatEvent, isContent, type ToolCallDelta, type UsageReport } from "./event.js";

/** `text` is a text completion's; the others are a chat completion's. */
export type TextKind = "reasoning" | "content" | "refusal" | "text";

/** Texts of one delta in the order in which a model says them. */
export const textKinds: readonly TextKind[] = ["reasoning", "content", "refusal", "text"];

export interface SentCall {
	id: string;
	type: string;
	name: string;
	arguments: string;
}

/** One run of output: text of one kind, or calls by their place, until something of another kind followed. */
export type Run = { kind: TextKind; text: string } | { kind: "calls"; calls: Map<number, SentCall> };

export interface SentChoice {
	role: string | undefined;
	/** In the order in which they were said. */
	readonly runs: Run[];
	readonly reasoningMembers: Set<string>;
	finishReason: string | undefined;
	hasLogprobs: boolean;
	/** Something was sent with which no other answer can be compared. */
	isOpaque: boolean;
}

/**
 * To be given every event that is sent, the gateway's own and the spliced ones included: then a third answer can follow
 * a second one. Holds texts alone, and never throws at what an upstream sends.
 */
export class Transcript {
	readonly #choices = new Map<number, SentChoice>();
	#id: string | undefined;
	#created: number | undefined;
	#model: string | undefined;
	#systemFingerprint: string | undefined;
	#usage: UsageReport | undefined;
	#pieces = 0;
	#piecesSinceUsage = 0;

	/** Takes in what one event of the stream says. */
	add({ events }: { readonly events: readonly ChatEvent[] }): void {
		let isPiece = false;
		for (const event of events) {
			this.#take(event);
			isPiece ||= isContent(event);
		}
		if (isPiece) this.#countPiece();
		// The counts of an event cover what it says.
		if (events.some(({ type }) => type === "usage")) this.#piecesSinceUsage = 0;
	}

	/** Takes in an event that says nothing but `text`. */
	addText(choice: number, text: string, isPlain: boolean): void {
		if (text === "") return;
		const sent = this.#choiceAt(choice);
		sent.finishReason = undefined;
		addText(sent, isPlain ? "text" : "content", text);
		this.#countPiece();
	}

	get id(): string | undefined {
		return this.#id;
	}

	/** Seconds since 1970. */
	get created(): number | undefined {
		return this.#created;
	}

	/** As the target that spoke last has it, like the next two. */
	get model(): string | undefined {
		return this.#model;
	}

	get systemFingerprint(): string | undefined {
		return this.#systemFingerprint;
	}

	/** The latest that was sent. */
	get usage(): Readonly<Record<string, unknown>> | undefined {
		return this.#usage?.raw;
	}

	/** Chunks that carried output. */
	get pieces(): number {
		return this.#pieces;
	}

	/** Tokens of output so far: those that an upstream has reported, and one for each piece since then. */
	get deliveredTokens(): number {
		const counted = this.#usage?.tokens?.output;
		return counted === undefined ? this.#pieces : counted + this.#piecesSinceUsage;
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

	#take(event: ChatEvent): void {
		switch (event.type) {
			case "start":
				this.#id ??= event.id;
				this.#created ??= event.created;
				this.#model = event.model ?? this.#model;
				this.#systemFingerprint = event.fingerprint ?? this.#systemFingerprint;
				return;
			case "usage":
				this.#usage = event;
				return;
			case "seam":
				this.#cutAt(event.offset, event.reasoningOffset);
				return;
			case "progress":
			case "error":
			case "end":
			case "block":
			case "citation":
			case "media":
				return;
			default:
				addTo(this.#choiceAt(event.choice), event);
		}
	}

	/** Output after a seam replaces the earlier output after it. */
	#cutAt(offset: number | undefined, reasoningOffset: number | undefined): void {
		const sent = this.#choices.get(0);
		if (sent === undefined) return;
		if (offset !== undefined) cutRuns(sent.runs, (kind) => kind === "content" || kind === "text", offset);
		if (reasoningOffset !== undefined) cutRuns(sent.runs, (kind) => kind === "reasoning", reasoningOffset);
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

type ChoiceEvent = Exclude<
	ChatEvent,
	{ type: "start" | "usage" | "seam" | "progress" | "error" | "end" | "block" | "citation" | "media" }
>;

function addTo(sent: SentChoice, event: ChoiceEvent): void {
	// Output after a finish reason takes it back.
	if (isContent(event)) sent.finishReason = undefined;
	switch (event.type) {
		case "role":
			sent.role ??= event.role;
			return;
		case "text":
			addText(sent, event.isPlain ? "text" : "content", event.text);
			if (event.isInParts) sent.isOpaque = true;
			return;
		case "refusal":
			addText(sent, "refusal", event.text);
			return;
		case "reasoning":
			if (event.text !== "") addText(sent, "reasoning", event.text);
			for (const member of event.members ?? []) sent.reasoningMembers.add(member);
			if (event.isInParts) sent.isOpaque = true;
			return;
		case "tool_call":
			addCallDelta(sent, event);
			return;
		case "opaque":
			sent.isOpaque = true;
			return;
		case "logprobs":
			sent.hasLogprobs = true;
			return;
		case "finish":
			sent.finishReason = event.vendorReason;
	}
}

function addText({ runs }: SentChoice, kind: TextKind, text: string): void {
	const last = runs[runs.length - 1];
	if (last !== undefined && last.kind === kind) (last as { text: string }).text += text;
	else runs.push({ kind, text });
}

function addCallDelta({ runs }: SentChoice, call: ToolCallDelta): void {
	let last = runs[runs.length - 1];
	if (last?.kind !== "calls") {
		// Some upstreams end a call with a piece that says nothing.
		const isKnown = runs.some((run) => run.kind === "calls" && run.calls.has(call.place));
		if (isKnown && call.arguments === "") return;
		last = { kind: "calls", calls: new Map() };
		runs.push(last);
	}
	const { place, id, callType: type, name, arguments: text } = call;
	addCall(last.calls, place, { id, type, name, arguments: text });
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
