/** How a vendor's chat completions differ from OpenAI's, as data, and a request changed accordingly. */
import { createHash } from "node:crypto";
import type { Json } from "../dialects/dialect.js";
import { isObject } from "../json/isObject.js";

export interface ChatQuirks {
	/** Members that the API refuses; they are left out. */
	readonly refuses?: readonly string[];
	/** Members that it refuses for some models. */
	readonly refusesFor?: readonly { readonly models: RegExp; readonly members: readonly string[] }[];
	/** Members that it has under another name. */
	readonly renames?: Readonly<Record<string, string>>;
	/** Roles that it calls otherwise. */
	readonly roles?: Readonly<Record<string, string>>;
	/** Words of `tool_choice` that it calls otherwise; undefined for one that it lacks, so that it is left out. */
	readonly toolChoices?: Readonly<Record<string, string | undefined>>;
	/** Types of `response_format` that it lacks, and those that come closest. */
	readonly formats?: Readonly<Record<string, string>>;
	/** The member of an assistant's message that holds its reasoning; undefined if it refuses any, and left out of this object if it takes all. */
	readonly reasoningMember?: string | undefined;
	/** Ids of tool calls have nine letters and digits. */
	readonly hasShortIds?: boolean;
}

/** Top-level members to change, by name; undefined for those to leave out. */
export type RequestEdits = Map<string, unknown>;

const reasoningNames = ["reasoning_content", "reasoning"];

/**
 * @param dropped gets the names of what is left out
 * @returns empty for a request that the vendor takes as it is
 */
export function editsFor(body: Json, quirks: ChatQuirks, dropped: Set<string>): RequestEdits {
	const edits: RequestEdits = new Map();
	rename(body, quirks.renames ?? {}, edits);
	for (const name of refusedOf(body, quirks)) {
		if (!isGiven(body[name])) continue;
		edits.set(name, undefined);
		// Token counts are asked for by the gateway, too.
		if (name !== "stream_options") dropped.add(name);
	}
	editToolChoice(body, quirks.toolChoices ?? {}, edits, dropped);
	editFormat(body, quirks.formats ?? {}, edits, dropped);
	if (Array.isArray(body.messages)) {
		const messages = body.messages.map((message) => (isObject(message) ? edited(message, quirks, dropped) : message));
		if (messages.some((message, place) => message !== body.messages?.[place as never])) edits.set("messages", messages);
	}
	return edits;
}

/** The same changes, of a request that is no bytes yet. */
export function withEdits(body: Json, edits: RequestEdits): Json {
	if (edits.size === 0) return body;
	const changed: Json = { ...body };
	for (const [name, value] of edits) {
		if (value === undefined) delete changed[name];
		else changed[name] = value;
	}
	return changed;
}

function refusedOf({ model }: Json, { refuses = [], refusesFor = [] }: ChatQuirks): readonly string[] {
	const ofModel = refusesFor.filter(({ models }) => typeof model === "string" && models.test(model));
	return [...refuses, ...ofModel.flatMap(({ members }) => members)];
}

/** Where both names are given, the vendor's own counts. */
function rename(body: Json, renames: Readonly<Record<string, string>>, edits: RequestEdits): void {
	for (const [name, own] of Object.entries(renames)) {
		if (body[name] === undefined) continue;
		edits.set(name, undefined);
		if (isGiven(body[name]) && !isGiven(body[own])) edits.set(own, body[name]);
	}
}

function editToolChoice(
	{ tool_choice: choice }: Json,
	words: NonNullable<ChatQuirks["toolChoices"]>,
	edits: RequestEdits,
	dropped: Set<string>,
): void {
	const word = typeof choice === "string" ? choice : isObject(choice) ? "tool" : undefined;
	if (word === undefined || !Object.hasOwn(words, word)) return;
	edits.set("tool_choice", words[word]);
	if (words[word] === undefined || word === "tool") dropped.add("tool_choice");
}

function editFormat(
	{ response_format: format }: Json,
	formats: Readonly<Record<string, string>>,
	edits: RequestEdits,
	dropped: Set<string>,
): void {
	const type = isObject(format) ? formats[String(format.type)] : undefined;
	if (type === undefined) return;
	edits.set("response_format", { type });
	dropped.add("response_format.json_schema");
}

/** @returns the very message if nothing has to be changed */
function edited(message: Json, quirks: ChatQuirks, dropped: Set<string>): Json {
	const changes: Json = {};
	const { role, tool_calls: calls, tool_call_id: id } = message;
	const otherRole = typeof role === "string" ? quirks.roles?.[role] : undefined;
	if (otherRole !== undefined) changes.role = otherRole;
	if (quirks.hasShortIds && typeof id === "string" && shortId(id) !== id) changes.tool_call_id = shortId(id);
	if (quirks.hasShortIds && Array.isArray(calls) && calls.some(hasLongId))
		changes.tool_calls = calls.map((call) => (hasLongId(call) ? { ...call, id: shortId(call.id) } : call));
	const reasoning = editReasoning(message, quirks, changes, dropped);
	if (Object.keys(changes).length === 0 && reasoning.length === 0) return message;
	const changed = { ...message, ...changes };
	for (const name of reasoning) delete changed[name];
	return changed;
}

/** @returns members to leave out */
function editReasoning(message: Json, quirks: ChatQuirks, changes: Json, dropped: Set<string>): string[] {
	if (!("reasoningMember" in quirks)) return [];
	const { reasoningMember: own } = quirks;
	const others = reasoningNames.filter((name) => name !== own && message[name] !== undefined);
	const [first] = others;
	if (first === undefined) return [];
	if (own === undefined) dropped.add("reasoning");
	else if (message[own] === undefined) changes[own] = message[first];
	return others;
}

function hasLongId(call: unknown): call is Json & { id: string } {
	return isObject(call) && typeof call.id === "string" && shortId(call.id) !== call.id;
}

/** The same for the same id, so that a call and its result stay together. */
function shortId(id: string): string {
	if (/^[a-zA-Z0-9]{9}$/.test(id)) return id;
	return createHash("sha256").update(id).digest("base64").replace(/[+/=]/g, "").slice(0, 9);
}

function isGiven(value: unknown): boolean {
	return value !== undefined && value !== null;
}
