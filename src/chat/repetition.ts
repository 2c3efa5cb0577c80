/** One choice of a new answer, held against what was sent of it: how far it repeats that, and what it says beyond. */
import { parseObject } from "../json/parseObject.js";
import { codePoints } from "./codePoints.js";
import { functionCallPlace, type ToolCallDelta } from "./event.js";
import { callsOf, type Run, type SentCall, type SentChoice, type TextKind } from "./transcript.js";

/** A tool call of the new answer, or the next part of one. */
export type CallPart = Pick<ToolCallDelta, "place" | "id" | "name" | "arguments">;

/** The new answer says something else than what was sent. */
export interface Departure {
	/** For logs. */
	readonly departed: string;
	/** Its text from where it departs, not inside of a character; undefined if it ends or has no text. */
	readonly rest: string;
	/** So much of the sent text it agrees with, in Unicode code points. */
	readonly agreed: { readonly content: number; readonly reasoning: number };
	/** It departs in text, so that one may take the other's place. */
	readonly isText: boolean;
}

/** How a new answer is followed until it goes beyond what was sent: from its beginning, or as a continuation. */
export interface Follower {
	/** All that was sent has been repeated. */
	readonly isComplete: boolean;
	/** @returns what is new of the text */
	takeText(kind: TextKind, text: string): string | Departure;
	/** @returns what is new of the call's name and arguments, and what of it the client has already */
	takeCall(call: CallPart): CallSurplus | Departure;
	/** Which kind of text the answer to the request is. */
	readonly textKind: "content" | "text";
	/** A call comes next. @returns text that was held back until now */
	flush(): string | Departure;
	/** The choice gets its finish reason. @returns text that was held back until now */
	finish(): string | Departure;
	/** Takes the next thing that is said for the new answer's own, and gives up comparing. */
	release(): void;
}

export interface CallSurplus {
	readonly name: string;
	readonly arguments: string;
	/** The client has the call's beginning, and keeps its id. */
	readonly isIdSent: boolean;
}

interface HeardCall {
	isNamed: boolean;
	length: number;
}

/** An answer from its beginning. */
export class Repetition implements Follower {
	readonly #runs: readonly Run[];
	readonly #isReasoningSent: boolean;
	readonly #calls: Map<number, SentCall>;
	readonly #wholeCalls = new Set<number>();
	/** The run that is being repeated, and how much of it has been. */
	#at = 0;
	#offset = 0;
	#heard = new Map<number, HeardCall>();

	constructor(sent: Pick<SentChoice, "runs"> | undefined) {
		// A copy: what is sent from now on is not for the new answer to repeat.
		this.#runs = [...(sent?.runs ?? [])];
		this.#isReasoningSent = this.#runs.some(({ kind }) => kind === "reasoning");
		this.#calls = callsOf(this.#runs);
		for (const [place, call] of this.#calls) if (parseObject(call.arguments) !== undefined) this.#wholeCalls.add(place);
	}

	get textKind(): "content" | "text" {
		return this.#runs.some(({ kind }) => kind === "text") ? "text" : "content";
	}

	get isComplete(): boolean {
		return this.#at >= this.#runs.length;
	}

	takeText(kind: TextKind, text: string): string | Departure {
		let rest = text;
		while (rest !== "") {
			const run = this.#runs[this.#at];
			if (run === undefined) return rest;
			if (run.kind !== kind) {
				// An upstream that shows how it reasons, where the first one did not: the client has the answer's text already.
				if (kind === "reasoning" && !this.#isReasoningSent) return "";
				const departure = this.#departure(`it says ${nameOf[kind]} where ${nameOf[run.kind]} was sent`, rest);
				return { ...departure, isText: isReplaceable(kind) && isReplaceable(run.kind) };
			}
			const { text: sent } = run as { text: string };
			const length = Math.min(sent.length - this.#offset, rest.length);
			const same = commonLength(sent, this.#offset, rest, length);
			this.#offset += same;
			if (same < length) return this.#departure(`its ${nameOf[kind]} is another`, rest.slice(same), true);
			rest = rest.slice(length);
			if (this.#offset === sent.length) this.#advance();
		}
		return "";
	}

	takeCall(call: CallPart): CallSurplus | Departure {
		const { place } = call;
		const known = this.#calls.get(place);
		if (known && call.name !== "" && known.name !== "" && call.name !== known.name)
			return this.#departure("it calls another tool", "");
		const run = this.#runs[this.#at];
		if (run === undefined) return this.#beyond(place, call.name, call.arguments, known);
		if (run.kind !== "calls") {
			// Some upstreams end a call with a piece that says nothing.
			if (call.arguments === "" && this.#hasRepeated(place)) return { name: "", arguments: "", isIdSent: true };
			const departure = this.#departure(`it calls a tool where ${nameOf[run.kind]} was sent`, "");
			return { ...departure, isText: false };
		}
		const sent = run.calls.get(place);
		const isLast = this.#at === this.#runs.length - 1;
		if (sent === undefined) {
			return isLast
				? this.#beyond(place, call.name, call.arguments, known)
				: this.#departure("it calls more tools", "");
		}
		return this.#repeatCall(call, sent, isLast);
	}

	flush(): string {
		return "";
	}

	finish(): string | Departure {
		return this.isComplete ? "" : this.#departure("it ends before it has repeated what was sent", "");
	}

	release(): void {
		this.#at = this.#runs.length;
	}

	#repeatCall(call: CallPart, sent: SentCall, isLast: boolean): CallSurplus | Departure {
		const { place, name, arguments: said } = call;
		let heard = this.#heard.get(place);
		if (heard === undefined) {
			heard = { isNamed: false, length: 0 };
			this.#heard.set(place, heard);
		}
		heard.isNamed ||= name !== "" || sent.name === "";
		const length = Math.min(sent.arguments.length - heard.length, said.length);
		if (commonLength(sent.arguments, heard.length, said, length) < length)
			return this.#departure("it calls a tool with other arguments", "");
		heard.length += length;
		const surplus = said.slice(length);
		if (surplus !== "" && !isLast) return this.#departure("it calls a tool with more arguments", "");
		const isRunComplete = this.#isRunComplete();
		if (isRunComplete) this.#advance();
		return this.#beyond(place, sent.name === "" ? name : "", surplus, sent);
	}

	/** The part of a call that the client doesn't have yet. */
	#beyond(place: number, name: string, surplus: string, known: SentCall | undefined): CallSurplus | Departure {
		// The first answer's arguments were complete, so that no more of them can be right.
		if (this.#wholeCalls.has(place) && surplus.trim() !== "")
			return this.#departure("it calls a tool with more arguments", "");
		return {
			name: known && known.name !== "" ? "" : name,
			arguments: surplus,
			isIdSent: known !== undefined && (known.id !== "" || place === functionCallPlace),
		};
	}

	#hasRepeated(place: number): boolean {
		return this.#runs.slice(0, this.#at).some((run) => run.kind === "calls" && run.calls.has(place));
	}

	#isRunComplete(): boolean {
		const run = this.#runs[this.#at];
		if (run?.kind !== "calls") return false;
		for (const [place, sent] of run.calls) {
			const heard = this.#heard.get(place);
			if (!heard?.isNamed || heard.length < sent.arguments.length) return false;
		}
		return true;
	}

	#advance(): void {
		this.#at += 1;
		this.#offset = 0;
		this.#heard = new Map();
	}

	#departure(departed: string, rest: string, isSameKind = false): Departure {
		const agreed = { content: 0, reasoning: 0 };
		let held = "";
		this.#runs.slice(0, this.#at + 1).forEach((run, place) => {
			if (run.kind === "calls" || run.kind === "refusal") return;
			const isCurrent = place === this.#at;
			const end = isCurrent ? wholeCharacters(run.text, this.#offset) : run.text.length;
			if (isCurrent && isSameKind) held = run.text.slice(end, this.#offset);
			agreed[run.kind === "reasoning" ? "reasoning" : "content"] += codePoints(run.text, end);
		});
		const current = this.#runs[this.#at];
		const isText = current !== undefined && isReplaceable(current.kind);
		return { departed, rest: held + rest, agreed, isText };
	}
}

export function isDeparture(value: object | string): value is Departure {
	return typeof value === "object" && "departed" in value;
}

/** How many characters (UTF-16) of `text` say what `sent` says from `offset` on; at most `length`. */
export function commonLength(sent: string, offset: number, text: string, length: number): number {
	if (sent.startsWith(text.slice(0, length), offset)) return length;
	let same = 0;
	while (same < length && sent.charCodeAt(offset + same) === text.charCodeAt(same)) same += 1;
	return same;
}

/** The end of the last whole character at or before `end`: a character outside of the BMP is two of UTF-16. */
export function wholeCharacters(text: string, end: number): number {
	const isSplit = end > 0 && isHighSurrogate(text.charCodeAt(end - 1)) && isLowSurrogate(text.charCodeAt(end));
	return isSplit ? end - 1 : end;
}

/** A refusal and a tool call have to be right, as a whole. */
function isReplaceable(kind: Run["kind"]): boolean {
	return kind !== "calls" && kind !== "refusal";
}

const nameOf: Readonly<Record<Run["kind"], string>> = {
	reasoning: "reasoning",
	content: "text",
	refusal: "refusal",
	text: "text",
	calls: "a tool call",
};

function isHighSurrogate(unit: number): boolean {
	return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
	return unit >= 0xdc00 && unit <= 0xdfff;
}
