/** A request's input: what of it is about MCP, and what the model is given in its place. */
import { itemsOf } from "../compaction/inputUnits.js";
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { asFunction, outputForModel, toolsListed } from "./items.js";
import type { ServerTool } from "./serverConnection.js";

type Json = Record<string, unknown>;

/** A call that the client has approved, and that nobody has made yet. */
export interface ApprovedCall {
	readonly request: Json & { readonly id: string };
}

export interface History {
	readonly items: readonly unknown[];
	/** By label: lists that were given before need not be asked for again. */
	readonly lists: ReadonlyMap<string, readonly ServerTool[]>;
	readonly approved: readonly ApprovedCall[];
}

type ApprovalRequest = ApprovedCall["request"];

/** @throws GatewayError 400 for an approval of something that isn't asked for */
export function readHistory(input: unknown): History {
	const items = itemsOf(input);
	const objects = items.filter(isObject);
	const requests = new Map<string, ApprovalRequest>();
	const answers = new Map<string, Json>();
	const done = new Set<unknown>();
	const lists = new Map<string, readonly ServerTool[]>();
	for (const item of objects) {
		if (isRequest(item)) requests.set(item.id, item);
		else if (item.type === "mcp_call") done.add(item.approval_request_id);
		else if (item.type === "mcp_list_tools" && typeof item.server_label === "string") {
			const tools = toolsListed(item);
			if (tools !== undefined) lists.set(item.server_label, tools);
		}
	}
	for (const [place, item] of items.entries()) {
		if (!isObject(item) || item.type !== "mcp_approval_response") continue;
		const id = item.approval_request_id;
		if (typeof id !== "string" || !requests.has(id)) throw notAsked(id, place);
		answers.set(id, item);
	}
	const approved = [...requests.values()]
		.filter(({ id }) => answers.get(id)?.approve === true && !done.has(id))
		.map((request) => ({ request }));
	return { items, lists, approved };
}

function isRequest(item: Json): item is ApprovalRequest {
	return item.type === "mcp_approval_request" && typeof item.id === "string";
}

/**
 * The input as the model is given it: calls as functions, each with its result. Several calls in a row stand together, before
 * their results.
 *
 * @param results of the calls that were approved, by the request's id
 */
export function itemsForModel(
	{ items }: History,
	functionName: (label: unknown, name: unknown) => string,
	results: ReadonlyMap<string, string>,
): unknown[] {
	const answers = new Map(
		items
			.filter(isObject)
			.flatMap((item) => (item.type === "mcp_approval_response" ? [[item.approval_request_id, item] as const] : [])),
	);
	const done = new Set(
		items.filter(isObject).flatMap((item) => (item.type === "mcp_call" ? [item.approval_request_id] : [])),
	);
	const written: unknown[] = [];
	let calls: Json[] = [];
	let outputs: Json[] = [];
	const flush = () => {
		written.push(...calls, ...outputs);
		[calls, outputs] = [[], []];
	};
	for (const item of items) {
		const { type } = isObject(item) ? item : {};
		if (type === "mcp_list_tools" || type === "mcp_approval_response") continue;
		const pair = isObject(item) ? pairOf(item) : undefined;
		if (pair !== undefined) {
			calls.push(pair[0]);
			outputs.push(pair[1]);
		} else if (type !== "mcp_approval_request") {
			flush();
			written.push(item);
		}
	}
	flush();
	return written;

	function pairOf(item: Json): [Json, Json] | undefined {
		const { type, server_label: label, name, arguments: given } = item;
		const id = String(item.id ?? "");
		const named = () => functionName(label, name);
		if (type === "mcp_call") {
			const end = { output: textIn(item.output), error: errorIn(item.error) };
			return asFunction(named(), id, given, outputForModel(end));
		}
		if (type !== "mcp_approval_request" || done.has(id)) return undefined;
		return asFunction(named(), id, given, results.get(id) ?? unapproved(answers.get(id)));
	}
}

function unapproved(answer: Json | undefined): string {
	if (answer === undefined) return "Error: the user has not approved this call.";
	const { reason } = answer;
	return `Error: the user has refused this call${typeof reason === "string" && reason !== "" ? `: ${reason}` : "."}`;
}

function textIn(value: unknown): string | undefined {
	return typeof value === "string" ? value : undefined;
}

/** The vendor's own are objects by now. */
function errorIn(error: unknown): string | undefined {
	if ((error ?? undefined) === undefined) return undefined;
	return typeof error === "string" ? error : JSON.stringify(error);
}

function notAsked(id: unknown, place: number): GatewayError {
	const message = `No approval request with the id '${String(id).slice(0, 100)}' is in the input.`;
	return new GatewayError(400, message, { code: "invalid_value", param: `input[${place}].approval_request_id` });
}
