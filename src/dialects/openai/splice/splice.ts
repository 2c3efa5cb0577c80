/** Joins a second answer to what was sent of the first one, so that the client sees one whole answer. */

import { codePoints } from "../../../chat/codePoints.js";
import { Repetition } from "../../../chat/repetition.js";
import { Resumption } from "../../../chat/resumption.js";
import type { Transcript } from "../../../chat/transcript.js";
import { isObject } from "../../../json/isObject.js";
import type { Json } from "../../dialect.js";
import { type Agreed, ChoiceSplice } from "./choiceSplice.js";
import { usageOnce } from "./combinedUsage.js";

/** Chunks for the client, none while the new answer only repeats; or why it can't be joined, which is final. */
export type SpliceStep = { send: Json[] } | { departed: string };

export interface SpliceOptions {
	/** The new target was asked the client's question again, or to go on from the text so far (`continueFrom`). */
	readonly kind: "restart" | "continuation";
	/** The text that `continueFrom` has cut off. */
	readonly trimmed?: string | undefined;
	readonly mode: "exact" | "allow-seam";
	/** The request wants output that a program reads (`isStructured`): there is no seam in it. */
	readonly isStructured: boolean;
}

/**
 * To be given each chunk of the new answer, but for its errors. Keeps a copy of what was sent, so that the transcript may
 * go on to be told of what the splice sends.
 */
export class Splice {
	readonly #id: string | undefined;
	readonly #created: number | undefined;
	readonly #deliveredTokens: number;
	readonly #reasoningLength: number;
	readonly #resumption: Resumption | undefined;
	readonly #maySeam: boolean;
	readonly #choices = new Map<number, ChoiceSplice>();
	/** Chunks with new parts of some calls, while others are still being repeated. */
	#held: Json[] = [];
	#departed: string | undefined;

	constructor(transcript: Transcript, { kind, trimmed = "", mode, isStructured }: SpliceOptions) {
		this.#id = transcript.id;
		this.#created = transcript.created;
		this.#deliveredTokens = transcript.deliveredTokens;
		const reasoning = transcript.text(0, "reasoning");
		this.#reasoningLength = codePoints(reasoning, reasoning.length);
		this.#maySeam = mode === "allow-seam" && !isStructured && transcript.choices.size === 1;
		if (kind === "continuation") {
			const textKind = transcript.text(0, "text") === "" ? "content" : "text";
			this.#resumption = new Resumption(transcript.text(0, textKind), trimmed, textKind);
		}
		for (const [index, sent] of transcript.choices) {
			const follower = this.#resumption && index === 0 ? this.#resumption : new Repetition(sent);
			this.#choices.set(index, new ChoiceSplice(sent, follower, this.#maySeam && index === 0));
		}
	}

	/** All that was sent has been repeated, or is gone on from: from now on the new answer is sent as it comes. */
	get isJoined(): boolean {
		for (const { follower } of this.#choices.values()) if (!follower.isComplete) return false;
		return true;
	}

	/** A value that is no chunk passes as it is. */
	take(chunk: Json): SpliceStep {
		if (this.#departed !== undefined) return { departed: this.#departed };
		if (!Array.isArray(chunk.choices)) return { send: [chunk] };
		const given = chunk.choices.filter(isObject);
		const choices: Json[] = [];
		let seam: Agreed | undefined;
		for (const choice of given) {
			const step = this.#choiceAt(choice).take(choice);
			if ("departed" in step) {
				this.#departed = step.departed;
				return { departed: step.departed };
			}
			if (step.choice) choices.push(step.choice);
			seam ??= step.seam;
		}
		const isSent = choices.length > 0 || (this.isJoined && (given.length === 0 || isLastUsage(chunk, given)));
		if (!isSent) return this.#inTurn([]);
		const own = this.#ownChunk(chunk, choices);
		return this.#inTurn(seam ? [this.#seamChunk(own, seam), own] : [own]);
	}

	/** The new answer has ended. */
	end(): SpliceStep {
		if (this.#departed === undefined && !this.isJoined) this.#departed = "it ends before it has repeated what was sent";
		return this.#departed === undefined ? { send: [] } : { departed: this.#departed };
	}

	#choiceAt({ index }: Json): ChoiceSplice {
		const place = typeof index === "number" ? index : 0;
		let choice = this.#choices.get(place);
		if (choice === undefined) {
			choice = new ChoiceSplice(undefined, new Repetition(undefined), false);
			this.#choices.set(place, choice);
		}
		return choice;
	}

	#inTurn(chunks: Json[]): SpliceStep {
		const all = this.#held.length === 0 ? chunks : [...this.#held, ...chunks];
		const mustWait = all.some(({ choices }) =>
			(choices as Json[]).some((choice) => !this.#choiceAt(choice).follower.isComplete),
		);
		this.#held = mustWait ? all : [];
		return { send: mustWait ? [] : all };
	}

	/** The client's answer has one id, and one time; which model answers, and its usage, are the new target's. */
	#ownChunk(chunk: Json, choices: Json[]): Json {
		const own: Json = { ...chunk, choices };
		if (this.#id !== undefined) own.id = this.#id;
		if (this.#created !== undefined) own.created = this.#created;
		if (this.#resumption && isObject(chunk.usage))
			own.usage = usageOnce(chunk.usage, this.#deliveredTokens, this.#resumption.hasBegunAnew);
		return own;
	}

	#seamChunk({ usage: _usage, ...chunk }: Json, { content, reasoning }: Agreed): Json {
		const isText = this.#choices.get(0)?.follower.textKind === "text";
		const nothing = isText ? { text: "", logprobs: null } : { delta: { content: "" } };
		const seam = {
			offset: content,
			...(reasoning < this.#reasoningLength ? { reasoning_offset: reasoning } : {}),
		};
		return { ...chunk, choices: [{ index: 0, ...nothing, finish_reason: null }], llmgw: { seam } };
	}
}

/** Some upstreams tell the usage with the finish reason, which the client may have been sent. */
function isLastUsage({ usage }: Json, choices: readonly Json[]): boolean {
	return isObject(usage) && choices.some(({ finish_reason: reason }) => typeof reason === "string" && reason !== "");
}
