/** A choice of the new answer's chunk without what the client has already. */

import { functionCallPlace } from "../../../chat/event.js";
import type { CallSurplus } from "../../../chat/repetition.js";
import type { TextKind } from "../../../chat/transcript.js";
import { isObject } from "../../../json/isObject.js";
import type { Json } from "../../dialect.js";
import type { ChoiceDelta } from "../choice.js";

export interface Surplus {
	/** May be more than the chunk itself says, where text was held back. */
	readonly texts: Readonly<Record<TextKind, string>>;
	/** One for each call of the chunk. */
	readonly calls: readonly CallSurplus[];
}

/** @param reasoningMembers under which the client was sent the first answer's reasoning */
export function withoutSent(
	given: Json,
	said: ChoiceDelta,
	{ texts, calls }: Surplus,
	reasoningMembers: ReadonlySet<string>,
): Json {
	const choice: Json = { ...given };
	if (said.texts.text !== texts.text) choice.text = texts.text;
	if (!isObject(given.delta)) {
		if (texts.content !== "") choice.delta = { content: texts.content };
		return choice;
	}
	const delta: Json = { ...given.delta };
	for (const kind of ["content", "refusal"] as const) {
		if (texts[kind] !== "") delta[kind] = texts[kind];
		else if (said.texts[kind] !== "") delete delta[kind];
	}
	for (const name of said.reasoningMembers) delete delta[name];
	if (texts.reasoning !== "") {
		const names = reasoningMembers.size > 0 ? reasoningMembers : said.reasoningMembers;
		for (const name of names) delta[name] = texts.reasoning;
	}
	putCalls(delta, said, calls);
	choice.delta = delta;
	return choice;
}

export function isNew({ texts, calls }: Surplus, said: ChoiceDelta): boolean {
	return (
		Object.values(texts).some((text) => text !== "") || calls.some((call, at) => isNewCall(call, said.calls[at]?.id))
	);
}

function isNewCall({ name, arguments: text, isIdSent }: CallSurplus, id: string | undefined): boolean {
	return name !== "" || text !== "" || (!isIdSent && id !== "");
}

function putCalls(delta: Json, said: ChoiceDelta, calls: readonly CallSurplus[]): void {
	if (said.calls.length === 0) return;
	delete delta.tool_calls;
	delete delta.function_call;
	const toolCalls: Json[] = [];
	said.calls.forEach(({ place, id, given }, at) => {
		const surplus = calls[at];
		if (surplus === undefined || !isNewCall(surplus, id)) return;
		if (place === functionCallPlace) delta.function_call = namedPart(given, surplus, "arguments");
		else toolCalls.push({ ...callSurplus(given, surplus), index: place });
	});
	if (toolCalls.length > 0) delta.tool_calls = toolCalls;
}

function callSurplus(given: Json, surplus: CallSurplus): Json {
	const call = { ...given };
	if (surplus.isIdSent) {
		delete call.id;
		delete call.type;
	}
	if (isObject(given.function)) call.function = namedPart(given.function, surplus, "arguments");
	if (isObject(given.custom)) call.custom = namedPart(given.custom, surplus, "input");
	return call;
}

function namedPart(given: Json, { name, arguments: text }: CallSurplus, textMember: "arguments" | "input"): Json {
	const { name: _name, [textMember]: _text, ...others } = given;
	return { ...others, ...(name === "" ? {} : { name }), ...(text === "" && name === "" ? {} : { [textMember]: text }) };
}
