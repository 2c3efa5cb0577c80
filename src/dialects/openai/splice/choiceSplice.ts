/** One choice of the new answer: what of each of its chunks the client is sent. */

import { type CallSurplus, type Departure, type Follower, isDeparture } from "../../../chat/repetition.js";
import type { SentChoice } from "../../../chat/transcript.js";
import { type TextKind, textKinds } from "../../../chat/transcript.js";
import { isObject } from "../../../json/isObject.js";
import type { Json } from "../../dialect.js";
import { type ChoiceDelta, hasOutput, readChoice } from "../choice.js";
import { logprobsOfEnd } from "./logprobs.js";
import { isNew, type Surplus, withoutSent } from "./surplus.js";

/** So much of the sent text stays, in code points. */
export type Agreed = Departure["agreed"];

export interface ChoiceStep {
	/** Nothing while it repeats. */
	readonly choice?: Json;
	/** Where the text is replaced by that of the choice. */
	readonly seam?: Agreed;
}

export class ChoiceSplice {
	readonly follower: Follower;
	readonly #sent: Pick<SentChoice, "role" | "finishReason" | "isOpaque" | "hasLogprobs"> | undefined;
	readonly #reasoningMembers: ReadonlySet<string>;
	readonly #maySeam: boolean;
	readonly #ids = new Map<number, string>();

	constructor(sent: SentChoice | undefined, follower: Follower, maySeam: boolean) {
		this.follower = follower;
		this.#sent = sent && { ...sent };
		this.#reasoningMembers = new Set(sent?.reasoningMembers);
		this.#maySeam = maySeam && isReplaceable(sent);
	}

	take(given: Json): ChoiceStep | { departed: string } {
		const said = readChoice(given, this.#ids);
		const isFollowing = !this.follower.isComplete;
		if (this.#sent?.isOpaque) return { departed: "nothing can be compared with what was sent" };
		if (isFollowing && (said.isOpaque || said.isInParts)) return { departed: "it says what can't be compared" };
		const { surplus, seam } = this.#follow(said);
		if (isDeparture(surplus)) return { departed: surplus.departed };
		const isSurplus = isNew(surplus, said);
		if (this.#sent?.finishReason !== undefined) {
			return isSurplus ? { departed: "it goes on where the first answer had ended" } : {};
		}
		if (!isSurplus && said.finishReason === undefined && (isFollowing || this.#saysNothing(said))) return {};
		const choice = this.#ownChoice(withoutSent(given, said, surplus, this.#reasoningMembers));
		if (isFollowing && !seam && !this.#cutLogprobs(choice, surplus)) return { departed: "its tokens are others" };
		return { choice, ...(seam && { seam }) };
	}

	/** The client has all of it already; a chunk without any output is the new upstream's own. */
	#saysNothing(said: ChoiceDelta): boolean {
		if (said.isOpaque) return false;
		return hasOutput(said) || (said.role !== undefined && this.#sent?.role !== undefined);
	}

	#follow(said: ChoiceDelta): { surplus: Surplus | Departure; seam?: Agreed | undefined } {
		const { follower } = this;
		const texts: Record<TextKind, string> = { reasoning: "", content: "", refusal: "", text: "" };
		const calls: CallSurplus[] = [];
		let seam: Agreed | undefined;
		const add = (kind: TextKind, rest: string | Departure): Departure | undefined => {
			if (!isDeparture(rest)) {
				texts[kind] += rest;
				return undefined;
			}
			if (!this.#maySeam || !rest.isText) return rest;
			seam = rest.agreed;
			texts[kind] += rest.rest;
			follower.release();
			return undefined;
		};
		for (const kind of textKinds) {
			if (said.texts[kind] === "") continue;
			const departure = add(kind, follower.takeText(kind, said.texts[kind]));
			if (departure) return { surplus: departure };
		}
		if (said.calls.length > 0) {
			const departure = add(follower.textKind, follower.flush());
			if (departure) return { surplus: departure };
		}
		for (const call of said.calls) {
			const surplus = follower.takeCall(call);
			if (isDeparture(surplus)) return { surplus };
			calls.push(surplus);
		}
		if (said.finishReason !== undefined) {
			const departure = add(follower.textKind, follower.finish());
			if (departure) return { surplus: departure };
		}
		return { surplus: { texts, calls }, seam };
	}

	#ownChoice(choice: Json): Json {
		if (this.#sent?.role === undefined || !isObject(choice.delta)) return choice;
		const { role: _role, ...delta } = choice.delta;
		return { ...choice, delta };
	}

	/** @returns whether the client's tokens are still those of its text */
	#cutLogprobs(choice: Json, { texts }: Surplus): boolean {
		if (!isObject(choice.logprobs)) return true;
		const rest = logprobsOfEnd(choice.logprobs, texts.content || texts.text || texts.refusal);
		choice.logprobs = rest ?? null;
		return rest !== undefined || !this.#sent?.hasLogprobs;
	}
}

/** Plain text, which has no finish reason yet. */
function isReplaceable(sent: SentChoice | undefined): boolean {
	if (sent === undefined || sent.finishReason !== undefined || sent.isOpaque || sent.hasLogprobs) return false;
	return sent.runs.every(({ kind }) => kind !== "calls" && kind !== "refusal");
}
