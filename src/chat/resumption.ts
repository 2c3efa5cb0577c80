/** A new answer that was asked to go on from the text so far, and may have begun anew or repeated that text instead. */

import { codePoints } from "./codePoints.js";
import {
	type CallPart,
	type CallSurplus,
	commonLength,
	type Departure,
	type Follower,
	wholeCharacters,
} from "./repetition.js";
import type { TextKind } from "./transcript.js";

/** A text has to be this long for its repetition to be told from a continuation. */
const shortestRecognised = 40;
/** An answer that repeats this many characters and then departs began anew; with fewer it may have gone on. */
const fewestRepeated = 24;

export class Resumption implements Follower {
	readonly #sent: string;
	readonly #trimmed: string;
	readonly textKind: "content" | "text";
	/** Text that came while it is open whether the upstream goes on or began anew. */
	#held = "";
	#isDecided = false;
	#hasBegunAnew = false;

	/** @param trimmed the white space at the end of `sent` that was not sent to the upstream */
	constructor(sent: string, trimmed: string, textKind: "content" | "text") {
		this.#sent = sent;
		this.#trimmed = trimmed;
		this.textKind = textKind;
	}

	get isComplete(): boolean {
		return this.#isDecided;
	}

	/** The upstream didn't go on, but repeated all that was sent first. */
	get hasBegunAnew(): boolean {
		return this.#hasBegunAnew;
	}

	takeText(kind: TextKind, text: string): string | Departure {
		if (this.#isDecided) return text;
		if (kind !== this.textKind) {
			const agreed = { content: 0, reasoning: 0 };
			return { departed: `it says ${kind} where it should go on with the text`, rest: "", agreed, isText: false };
		}
		this.#held += text;
		return this.#decide(false);
	}

	takeCall({ name, arguments: text }: CallPart): CallSurplus {
		return { name, arguments: text, isIdSent: false };
	}

	flush(): string | Departure {
		return this.finish();
	}

	finish(): string | Departure {
		return this.#isDecided ? "" : this.#decide(true);
	}

	release(): void {
		this.#isDecided = true;
	}

	#decide(isEnd: boolean): string | Departure {
		const { length } = this.#held;
		if (this.#sent.length >= shortestRecognised) {
			const repeated = commonLength(this.#sent, 0, this.#held, Math.min(length, this.#sent.length));
			if (repeated === this.#sent.length) {
				this.#hasBegunAnew = true;
				return this.#release(this.#held.slice(repeated));
			}
			if (repeated === length && !isEnd) return "";
			if (repeated >= fewestRepeated) return this.#departure("it begins anew with another text", repeated);
		}
		const spaces = commonLength(this.#trimmed, 0, this.#held, Math.min(length, this.#trimmed.length));
		if (spaces === this.#trimmed.length) return this.#release(this.#held.slice(spaces));
		if (spaces === length && !isEnd) return "";
		const kept = this.#sent.length - this.#trimmed.length;
		return this.#departure("it goes on without the white space that was sent", kept + spaces, this.#held.slice(spaces));
	}

	#release(surplus: string): string {
		this.#isDecided = true;
		this.#held = "";
		return surplus;
	}

	/** @param at characters (UTF-16) of the sent text with which the answer agrees */
	#departure(departed: string, at: number, rest?: string): Departure {
		const end = wholeCharacters(this.#sent, at);
		const agreed = { content: codePoints(this.#sent, end), reasoning: Number.POSITIVE_INFINITY };
		return { departed, rest: rest ?? this.#held.slice(end), agreed, isText: true };
	}
}
