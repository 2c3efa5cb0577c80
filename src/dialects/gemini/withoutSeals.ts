/** Requests without the thoughts that the gateway has sealed, which Google's API can't check. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { sealMark } from "../seals.js";
import { textMember } from "./members.js";
import { noSignature } from "./parts.js";

/** @returns the JSON of a body; undefined if it has none of them */
export function withoutSeals({ model: _model, stream: _stream, ...body }: Json): Json | undefined {
	const contents = listIn(body.contents);
	if (!contents.some((content) => partsIn(content).some(isSealed))) return undefined;
	const opened = contents.map((content) => {
		const parts = partsIn(content);
		return parts.some(isSealed) ? { ...(content as Json), parts: parts.flatMap(withoutSeal) } : content;
	});
	// Of a turn that was all thoughts, nothing is left.
	const kept = opened.filter((content, at) => content === contents[at] || partsIn(content).length > 0);
	return { ...body, contents: kept };
}

function partsIn(content: unknown): unknown[] {
	return isObject(content) ? listIn(content.parts) : [];
}

/** A thought goes; a call stays, as one that Google's model has not made. */
function withoutSeal(part: unknown): unknown[] {
	if (!isSealed(part)) return [part];
	const { thoughtSignature: _thought, thought_signature: _snake, ...call } = part;
	return part.thought === true ? [] : [{ ...call, thoughtSignature: noSignature }];
}

function isSealed(part: unknown): part is Json {
	return isObject(part) && textMember(part, "thoughtSignature").startsWith(sealMark);
}
