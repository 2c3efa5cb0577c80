/** The turns of one response: the model's, and those of the tools that it calls, until it answers or asks its client. */
import type { IncomingHttpHeaders } from "node:http";
import { GatewayError } from "../errors/gatewayError.js";
import type { AllowedServer } from "./allowList.js";
import type { TurnAnswer } from "./askModel.js";
import { type History, itemsForModel } from "./history.js";
import { type CallEnd, callItem, endedCall, listedTools, listItem, outputForModel } from "./items.js";
import type { ResponseWriter } from "./responseWriter.js";
import { ServerFailure } from "./serverConnection.js";
import { type ServerOffer, ToolOffer } from "./toolOffer.js";
import type { ToolRunner } from "./toolRunner.js";
import { turnBody } from "./turnBody.js";
import { readTurn, type ToolCall, type Turn } from "./turnReader.js";

type Json = Record<string, unknown>;

export interface LoopRequest {
	/** The client's body. */
	readonly json: Json;
	readonly isStream: boolean;
	readonly servers: readonly AllowedServer[];
	readonly history: History;
	readonly maxTurns: number;
	/** The least of the client's and the gateway's. */
	readonly maxCalls: number;
	readonly runner: ToolRunner;
	readonly writer: ResponseWriter;
	/** Resolves when the client takes more; undefined if it does. */
	ready(): Promise<void> | undefined;
	/** @param number counts from 1 */
	ask(body: Json, number: number): Promise<TurnAnswer>;
	/** The model has begun to answer: nothing refuses the request any more. */
	begun(headers: IncomingHttpHeaders): void;
}

export interface LoopCounts {
	turns: number;
	calls: number;
}

export class ToolLoop {
	readonly #request: LoopRequest;
	readonly counts: LoopCounts = { turns: 0, calls: 0 };
	/** The model was told to call nothing more. */
	#isLast = false;

	constructor(request: LoopRequest) {
		this.#request = request;
	}

	/** @returns the response. @throws GatewayError if a turn of the model's fails */
	async run(): Promise<Json> {
		const { history, json, writer } = this.#request;
		writer.begin();
		const offers = await this.#offers();
		const offer = new ToolOffer(Array.isArray(json.tools) ? json.tools : [], offers);
		const results = await this.#runApproved(offer);
		const items = itemsForModel(history, (label, name) => offer.functionName(label, name), results);
		for (;;) {
			const turn = await this.#turn(offer, items);
			writer.noteTurn(turn.response);
			const outputs = await this.#runCalls(turn.calls);
			const isOver = outputs === undefined || turn.asksClient || turn.response.status === "incomplete";
			if (isOver || turn.calls.length === 0) return writer.end(turn.response);
			if (this.#isUsedUp(json)) return writer.end({ status: "incomplete", incomplete_details: usedUp });
			items.push(...turn.output, ...outputs);
		}
	}

	#isUsedUp({ max_output_tokens: most }: Json): boolean {
		return typeof most === "number" && this.#request.writer.outputTokens >= most;
	}

	/** The tools of all servers. Those whose lists the input has are not asked, and those that fail have none. */
	async #offers(): Promise<ServerOffer[]> {
		const { servers, history } = this.#request;
		return Promise.all(
			servers.map(async (server): Promise<ServerOffer> => {
				const listed = history.lists.get(server.label);
				if (listed !== undefined) return { server, tools: listed.filter((tool) => server.mayUse(tool)) };
				return this.#list(server);
			}),
		);
	}

	async #list(server: AllowedServer): Promise<ServerOffer> {
		const { writer, runner } = this.#request;
		const item = listItem(server);
		const index = writer.add(item);
		const place = { output_index: index, item_id: item.id };
		writer.emit("response.mcp_list_tools.in_progress", place);
		try {
			const tools = await runner.list(server);
			writer.emit("response.mcp_list_tools.completed", place);
			writer.done(index, { ...item, tools: listedTools(tools) });
			return { server, tools };
		} catch (error) {
			if (!(error instanceof ServerFailure)) throw error;
			writer.emit("response.mcp_list_tools.failed", place);
			writer.done(index, { ...item, error: error.message });
			return { server, tools: [] };
		}
	}

	async #turn(offer: ToolOffer, items: readonly unknown[]): Promise<Turn> {
		const { json, isStream, writer, maxTurns, maxCalls, ask, begun, ready } = this.#request;
		const { counts } = this;
		counts.turns += 1;
		const isLast = counts.turns >= maxTurns || counts.calls >= maxCalls;
		this.#isLast = isLast;
		const isFirst = counts.turns === 1;
		const { outputTokens } = writer;
		const answer = await ask(turnBody({ json, offer, items, isStream, isFirst, isLast, outputTokens }), counts.turns);
		if (isFirst) begun(answer.headers);
		return readTurn(answer, offer, { writer, ready });
	}

	/** @returns what the model is told of its calls; undefined if some of them wait for the client */
	async #runCalls(calls: readonly ToolCall[]): Promise<Json[] | undefined> {
		const isLast = this.#isLast;
		const ends = await Promise.all(
			calls.map(({ offered, item, index }) => {
				if (item === undefined) return undefined;
				return this.#run(item, index, { server: offered.server, tool: offered.tool.name, isLast });
			}),
		);
		if (isLast || calls.some(({ item }) => item === undefined)) return undefined;
		return calls.flatMap(({ call }, place) => {
			const output = outputForModel(ends[place] as CallEnd);
			return [{ type: "function_call_output", call_id: call.call_id, output }];
		});
	}

	/** @returns what the model is told of them, by the request's id */
	async #runApproved(offer: ToolOffer): Promise<Map<string, string>> {
		const { history, writer } = this.#request;
		const results = new Map<string, string>();
		const begun = history.approved.map(({ request }) => {
			const { id, name, server_label: label, arguments: given } = request;
			const facts = { label: String(label), tool: String(name), given: typeof given === "string" ? given : "{}" };
			const item = callItem({ ...facts, approval: id });
			const index = writer.add(item);
			writer.emit("response.mcp_call.in_progress", { output_index: index, item_id: item.id });
			return { id, item, index, offered: offer.byTool(label, name) };
		});
		await Promise.all(
			begun.map(async ({ id, item, index, offered }) => {
				const end =
					offered === undefined
						? this.#end(item, index, { output: undefined, error: "There is no such tool." })
						: await this.#run(item, index, { server: offered.server, tool: offered.tool.name, isLast: false });
				results.set(id, outputForModel(end));
			}),
		);
		return results;
	}

	async #run(
		item: Json,
		index: number,
		{ server, tool, isLast }: { server: AllowedServer; tool: string; isLast: boolean },
	): Promise<CallEnd> {
		const { runner, maxCalls } = this.#request;
		const { counts } = this;
		if (isLast || counts.calls >= maxCalls) return this.#end(item, index, tooMany);
		counts.calls += 1;
		return this.#end(item, index, await runner.call(server, tool, String(item.arguments)));
	}

	#end(item: Json, index: number, end: CallEnd): CallEnd {
		const { writer } = this.#request;
		const ended = endedCall(item, end);
		writer.emit(`response.mcp_call.${ended.status}`, { output_index: index, item_id: item.id });
		writer.done(index, ended);
		return end;
	}
}

const usedUp = { reason: "max_output_tokens" };
const tooMany: CallEnd = { output: undefined, error: "This response may call no more tools." };

/** For a response that another worker has begun, which is no more. */
export function lostResponse(): GatewayError {
	return new GatewayError(502, "The response was lost with the worker that generated it.", { code: "upstream_closed" });
}
