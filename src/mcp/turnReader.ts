/** One turn of the model as its answer comes: what the client gets of it, and which tools it calls. */
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { failureIn, type TurnAnswer } from "./askModel.js";
import { approvalItem, callItem } from "./items.js";
import type { ResponseWriter } from "./responseWriter.js";
import type { OfferedTool, ToolOffer } from "./toolOffer.js";

type Json = Record<string, unknown>;

/** A call of an MCP tool, as the model has made it. */
export interface ToolCall {
	readonly offered: OfferedTool;
	/** The model's item. */
	readonly call: Json;
	/** The client's item and its place; undefined for one that waits for the client's approval. */
	readonly item: Json | undefined;
	readonly index: number;
}

export interface Turn {
	/** The response as the model has ended it. */
	readonly response: Json;
	/** Its output as the model has made it. */
	readonly output: readonly Json[];
	readonly calls: readonly ToolCall[];
	/** It also calls functions of the client's own. */
	readonly asksClient: boolean;
}

/** Where a turn is written, as fast as its client takes it. */
export interface TurnSink {
	readonly writer: ResponseWriter;
	/** Resolves when the client takes more; undefined if it does. */
	ready(): Promise<void> | undefined;
}

/** @throws GatewayError if the turn fails, or has no end */
export async function readTurn(answer: TurnAnswer, offer: ToolOffer, { writer, ready }: TurnSink): Promise<Turn> {
	const reader = new TurnReader(offer, writer);
	if (!answer.isStream) return reader.end(await answer.response());
	for await (const event of answer.events()) {
		const { type, response } = event;
		if (type === "response.failed" || type === "error") throw failureIn(event);
		if (isEnd(type) && isObject(response)) return reader.end(response);
		reader.take(event);
		await ready();
	}
	throw new GatewayError(502, "The model's answer broke off before its end.", { code: "upstream_closed" });
}

function isEnd(type: unknown): boolean {
	return type === "response.completed" || type === "response.incomplete";
}

interface Begun {
	/** In the client's output; undefined while nothing of it is sent. */
	readonly index: number | undefined;
	readonly offered: OfferedTool | undefined;
	readonly item: Json;
}

const beginnings: ReadonlySet<unknown> = new Set(["response.created", "response.queued", "response.in_progress"]);

class TurnReader {
	readonly #offer: ToolOffer;
	readonly #writer: ResponseWriter;
	/** By the model's index. */
	readonly #begun = new Map<number, Begun>();
	readonly #output: Json[] = [];
	readonly #calls: ToolCall[] = [];
	#asksClient = false;

	constructor(offer: ToolOffer, writer: ResponseWriter) {
		this.#offer = offer;
		this.#writer = writer;
	}

	take(event: Json): void {
		const { type, output_index: index, item } = event;
		if (typeof type !== "string" || beginnings.has(type)) return;
		if (type === "response.output_item.added" && typeof index === "number" && isObject(item)) this.#begin(index, item);
		else if (type === "response.output_item.done" && typeof index === "number" && isObject(item))
			this.#done(index, item);
		else if (typeof index === "number") this.#pass(type, index, event);
	}

	/** What the events have left out is in the response, or the other way round. */
	end(response: Json): Turn {
		const output = Array.isArray(response.output) ? response.output.filter(isObject) : [];
		for (const [index, item] of output.entries()) if (this.#output[index] === undefined) this.#done(index, item);
		const all = this.#output.filter((item) => item !== undefined);
		return { response, output: all, calls: this.#calls, asksClient: this.#asksClient };
	}

	/** A call that nobody knows the tool of is held until it is whole, and so is one that the client may have to approve. */
	#begin(index: number, item: Json): void {
		const isNameless = item.type === "function_call" && (item.name ?? "") === "";
		const offered = item.type === "function_call" ? this.#offer.byFunction(item.name) : undefined;
		if (isNameless || (offered !== undefined && needsApproval(offered)))
			this.#begun.set(index, { index: undefined, offered, item });
		else if (offered !== undefined) this.#begun.set(index, this.#beginCall(offered, ""));
		else this.#begun.set(index, { index: this.#writer.add(item), offered: undefined, item });
	}

	#beginCall(offered: OfferedTool, given: string): Begun & { index: number } {
		const item = callItem({ label: offered.server.label, tool: offered.tool.name, given });
		const index = this.#writer.add(item);
		this.#writer.emit("response.mcp_call.in_progress", { output_index: index, item_id: item.id });
		return { index, offered, item };
	}

	#pass(type: string, modelIndex: number, { sequence_number: _number, type: _type, ...event }: Json): void {
		const { index, offered, item } = this.#begun.get(modelIndex) ?? {};
		if (index === undefined) return;
		if (offered === undefined) this.#writer.emit(type, { ...event, output_index: index });
		else if (type === "response.function_call_arguments.delta")
			this.#writer.emit("response.mcp_call_arguments.delta", {
				output_index: index,
				item_id: item?.id,
				delta: event.delta,
			});
	}

	#done(modelIndex: number, item: Json): void {
		this.#output[modelIndex] = item;
		const begun = this.#begun.get(modelIndex);
		const offered = item.type === "function_call" ? this.#offer.byFunction(item.name) : undefined;
		if (offered !== undefined) this.#doneCall(begun, item, offered);
		else {
			this.#asksClient ||= isClients(item);
			this.#writer.done(begun?.index ?? this.#writer.add(item), item);
		}
	}

	#doneCall(begun: Begun | undefined, call: Json, offered: OfferedTool): void {
		const given = typeof call.arguments === "string" && call.arguments !== "" ? call.arguments : "{}";
		if (needsApproval(offered)) {
			this.#calls.push({ offered, call, item: undefined, index: -1 });
			this.#writer.put(approvalItem({ label: offered.server.label, tool: offered.tool.name, given }));
			return;
		}
		const { index, item } =
			begun?.index === undefined ? this.#beginCall(offered, "") : { ...begun, index: begun.index };
		this.#writer.emit("response.mcp_call_arguments.done", { output_index: index, item_id: item.id, arguments: given });
		this.#calls.push({ offered, call, item: { ...item, arguments: given }, index });
	}
}

function needsApproval({ server, tool }: OfferedTool): boolean {
	return server.needsApproval(tool);
}

/** A call that somebody else than the gateway or the upstream has to answer. */
function isClients({ type }: Json): boolean {
	return (
		type === "function_call" ||
		type === "custom_tool_call" ||
		type === "local_shell_call" ||
		type === "shell_call" ||
		type === "apply_patch_call" ||
		type === "computer_call" ||
		type === "tool_search_call"
	);
}
