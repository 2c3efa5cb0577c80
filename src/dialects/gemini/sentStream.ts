/** A stream of Gemini's generateContent as its client has been sent it so far: where it ends, so that more can follow. */
import { isObject } from "../../json/isObject.js";
import type { Json, SentStream, StreamWriter, WriteContext } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { memberIn, objectMember, objectsMember } from "./members.js";
import { ContentWriter } from "./writer.js";

/** What only the first upstream knows of its own text. */
const ownFacts = ["groundingMetadata", "citationMetadata", "urlContextMetadata", "logprobsResult"];

export class SentContent implements SentStream {
	#hasBegun = false;
	#id = "";
	#model = "";
	/** What was said last is a call with all of its arguments. */
	#isCallWhole = false;
	/** Something was sent that can't be gone on with. */
	#isOpaque = false;

	add(json: Json): void {
		this.#hasBegun = true;
		this.#id ||= textIn(memberIn(json, "responseId"));
		this.#model ||= textIn(memberIn(json, "modelVersion"));
		for (const candidate of objectsMember(json, "candidates")) this.#addCandidate(candidate);
	}

	addText(): void {
		this.#isCallWhole = false;
	}

	/** Texts have no end of their own: more of one may always follow. */
	get isLastWhole(): boolean {
		return this.#isCallWhole;
	}

	writer(context: WriteContext): StreamWriter | undefined {
		if (this.#isOpaque || !this.#hasBegun) return undefined;
		return new ContentWriter(context, { id: this.#id || undefined, model: this.#model || undefined });
	}

	#addCandidate(candidate: Json): void {
		const isFirst = (candidate.index ?? 0) === 0;
		if (!isFirst || ownFacts.some((name) => memberIn(candidate, name) != null)) this.#isOpaque = true;
		for (const part of listIn(objectMember(candidate, "content").parts)) if (isObject(part)) this.#addPart(part);
	}

	#addPart(part: Json): void {
		const call = memberIn(part, "functionCall");
		if (isObject(call)) this.#isCallWhole = memberIn(call, "willContinue") !== true;
		else if (typeof part.text !== "string") this.#isOpaque = true;
		// A signature may follow a call in a part of its own, which says nothing.
		else if (part.text !== "") this.#isCallWhole = false;
	}
}
