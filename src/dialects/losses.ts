/**
 * What gets lost in translation. Each dialect declares it, in a table whose names are those of the header `x-llmgw-dropped`;
 * the compiler holds its writers to these names, and docs/dialects.md is made of them.
 */
import type { ChatRequest, Part, Tool } from "../chat/request.js";
import { isVendors } from "../chat/tools/unfolding.js";
import { isObject } from "../json/isObject.js";

/** Names, and what is lost under them. */
export type Losses = Readonly<Record<string, string>>;

/** Takes the names of what was lost of one request. */
export interface Dropped<Name extends string> {
	add(name: Name | CommonLoss): unknown;
}

export interface DialectLosses {
	/** Parts of requests that this dialect's upstreams can't be told, beside those of `commonLosses`. */
	readonly request: Losses;
	/** Parts of answers that this dialect's clients can't be told. They have no header, since a stream's goes first. */
	readonly answer: Losses;
}

type CommonLoss = keyof typeof commonLosses;

/** What any dialect but its own loses. */
export const commonLosses = {
	"tools.NAME": "a tool that its vendor runs, such as a web search. A request that demands it is refused (400)",
	TYPE: "a part of a message, or an item, that only the client's dialect has, by its `type`: `web_search_call`, `server_tool_use`; one of Gemini's by its member: `executableCode`",
	MEMBER:
		"a member of the request that only the client's dialect has, by its name: `logit_bias`, `context_management`, `include`",
	image: "a picture by the id of a file that another vendor keeps",
	file: "a file by the id that another vendor keeps it under",
	citations: "that the answer is to say what comes from a document (`citations: {enabled: true}`)",
	reasoning:
		"the wish for reasoning, where the target's model does not take it; and reasoning of earlier turns that is another vendor's, or was changed on its way",
} as const satisfies Losses;

/** @returns the tool, unless it is one that only another dialect's vendor runs */
export function dropVendors(tool: Tool, dialect: string, dropped: Dropped<never>): Tool | undefined {
	if (!isVendors(tool) || tool.opaque?.dialect === dialect) return tool;
	(dropped as Dropped<string>).add(`tools.${tool.name}`);
	return undefined;
}

/** For APIs that know no names of participants. */
export function dropNames({ messages }: ChatRequest, dropped: Dropped<"name">): void {
	if (messages.some(({ name }) => name !== undefined)) dropped.add("name");
}

/** For APIs that can't be asked to cite a document. */
export function dropCitable({ messages }: ChatRequest, dropped: Dropped<never>): void {
	const isCitable = (part: Part): boolean =>
		part.type === "tool_result" ? part.parts.some(isCitable) : part.type === "file" && part.isToBeCited === true;
	if (messages.some(({ parts }) => parts.some(isCitable))) dropped.add("citations");
}

/** A part that can't be written. */
export function dropPart(part: Part, dropped: Dropped<never>): undefined {
	(dropped as Dropped<string>).add(part.type === "opaque" && isObject(part.value) ? nameOf(part.value) : part.type);
}

/** Google's parts have no type: the member that they consist of tells it. */
function nameOf(value: Record<string, unknown>): string {
	if (typeof value.type === "string") return value.type;
	return Object.keys(value).find((name) => isObject(value[name])) ?? "opaque";
}

/**
 * Members that only the client's dialect has. Null and false ask for nothing; some clients, and defaults, name members so.
 *
 * @param carried those that are written all the same
 */
export function dropMembers({ extensions }: ChatRequest, dropped: Dropped<never>, carried?: ReadonlySet<string>): void {
	for (const name in extensions) if (extensions[name] && !carried?.has(name)) (dropped as Dropped<string>).add(name);
}

/** Members that the vendor's own API has, which clients of another may send beside the usual ones; `dropped` gets the others. */
export function ownMembersOf(
	extensions: ChatRequest["extensions"],
	own: ReadonlySet<string>,
	dropped: Dropped<never>,
): Record<string, unknown> {
	const kept: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(extensions)) {
		if (own.has(name)) kept[name] = value;
		else (dropped as Dropped<string>).add(name);
	}
	return kept;
}
