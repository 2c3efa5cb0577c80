/** Remote MCP tools of Responses requests that the gateway runs itself: whose they are, and the response that comes of them. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { targetsOf } from "../admission/tokenNeed.js";
import { repeatedIn, responseBase } from "../dialects/openaiResponses/response.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import type { Accept } from "../exchange/innerRequest.js";
import type { McpSettings } from "../settings/mcpSettings.js";
import { compilePatterns, type Matches } from "../settings/pattern.js";
import type { Route } from "../settings/routes.js";
import type { Upstreams } from "../upstream/upstreams.js";
import { type AllowedServer, type AllowList, createAllowList } from "./allowList.js";
import { askModel } from "./askModel.js";
import { type History, readHistory } from "./history.js";
import { lostResponse, ToolLoop } from "./loop.js";
import { LoopAnswer } from "./loopAnswer.js";
import { isMcpTool, requestedServers } from "./requestedTools.js";
import { ResponseWriter } from "./responseWriter.js";
import { ToolLists } from "./toolLists.js";
import { ToolRunner } from "./toolRunner.js";
import type { UseNotes } from "./useNotes.js";

type Json = Record<string, unknown>;

export interface McpServices {
	readonly settings: McpSettings;
	readonly heartbeatMs: number;
	readonly upstreams: Upstreams;
	readonly inner: { readonly accept: Accept | undefined };
	readonly notes: UseNotes;
}

export interface McpRequest {
	readonly exchange: Exchange;
	readonly client: IncomingMessage;
	/** Path and query. */
	readonly target: string;
}

interface Asked {
	readonly json: Json;
	readonly servers: readonly AllowedServer[];
	readonly history: History;
	readonly maxCalls: number;
}

/** Vendors who run such tools themselves. */
const vendors: ReadonlySet<string | undefined> = new Set(["openai", "azure", "xai"]);

export class McpTools {
	readonly #services: McpServices;
	readonly #allow: AllowList;
	readonly #lists: ToolLists;
	readonly #passing: Matches | undefined;

	constructor(services: McpServices) {
		const { servers, upstreams, listAgeMs } = services.settings;
		this.#services = services;
		this.#allow = createAllowList(servers);
		this.#lists = new ToolLists(listAgeMs);
		this.#passing = upstreams && compilePatterns(upstreams);
	}

	/** Whether all upstreams of a route run them themselves. */
	isUpstreams(route: Route | undefined): boolean {
		const { upstreams } = this.#services;
		return (
			route !== undefined &&
			targetsOf(route).every((target) => {
				const { name, provider } = upstreams.of(target).settings;
				return this.#passing === undefined ? vendors.has(provider) : this.#passing(name);
			})
		);
	}

	/** Begins to answer. @throws GatewayError for tools, or an input, that can't be taken */
	answer(request: McpRequest): LoopAnswer {
		const { exchange } = request;
		if (exchange.given !== undefined) throw lostResponse();
		const json = exchange.body?.json ?? {};
		const servers = this.#serversOf(exchange, json);
		const history = readHistory(json.input);
		const maxCalls = callsOf(json, this.#services.settings);
		const made = new LoopAnswer(json.stream === true, this.#services.heartbeatMs);
		void this.#run(request, made, { json, servers, history, maxCalls });
		return made;
	}

	#serversOf({ route, caller }: Exchange, { tools }: Json): AllowedServer[] {
		const asking = { route: route?.name ?? "", key: caller?.keyName, team: caller?.team };
		return requestedServers(Array.isArray(tools) ? tools : []).map((server) => this.#allow(server, asking));
	}

	async #run(request: McpRequest, made: LoopAnswer, { json, servers, history, maxCalls }: Asked): Promise<void> {
		const { settings, notes } = this.#services;
		const { exchange } = request;
		const { signal } = made;
		const isStream = json.stream === true;
		const writer = new ResponseWriter(beginningOf(exchange, json), isStream ? (bytes) => made.send(bytes) : undefined);
		const runner = new ToolRunner({
			lists: this.#lists,
			maxResultBytes: settings.maxResultBytes,
			signal,
			note: (use) => notes.note(exchange, use),
		});
		let headers: IncomingHttpHeaders = {};
		const loop = new ToolLoop({
			...{ json, isStream, servers, history, runner, writer },
			maxTurns: settings.maxTurns,
			maxCalls,
			ready: () => made.ready,
			ask: (body, number) => this.#ask(request, signal, body, number),
			begun: (told) => {
				headers = told;
				exchange.task?.admitted();
				made.open(told);
			},
		});
		try {
			const response = await loop.run();
			if (!signal.aborted) made.end(response, headers);
		} catch (thrown) {
			made.fail(thrown, (error) => writer.fail(error));
		} finally {
			runner.close();
			const { turns, calls } = loop.counts;
			exchange.tags.mcp_turns = String(turns);
			exchange.tags.mcp_calls = String(calls);
		}
	}

	#ask({ exchange, client, target }: McpRequest, signal: AbortSignal, body: Json, number: number) {
		const { accept } = this.#services.inner;
		if (accept === undefined) throw new Error("the gateway has no server");
		const { caller, formerCredential, clientCredentials, trace } = exchange;
		const whole = { caller, formerCredential, clientCredentials };
		const more = Object.fromEntries(trace?.propagation() ?? []);
		return askModel(
			{ accept, client, whole, target, signal },
			body,
			`${exchange.id.slice(0, 100)}.turn${number}`,
			more,
		);
	}
}

/** The client's limit, if that is lower. */
function callsOf({ max_tool_calls: most }: Json, { maxCalls }: McpSettings): number {
	if ((most ?? undefined) === undefined) return maxCalls;
	if (typeof most === "number" && Number.isInteger(most) && most >= 0) return Math.min(most, maxCalls);
	throw new GatewayError(400, "'max_tool_calls' must be a whole number.", {
		code: "invalid_type",
		param: "max_tool_calls",
	});
}

function beginningOf({ id, model, receivedAt }: Exchange, json: Json): Json {
	const created = Math.floor(receivedAt / 1000);
	const base = responseBase(created, { requestId: id, created, model: model ?? "", wantsUsage: true });
	const { usage: _usage, output: _output, reasoning: _reasoning, ...begun } = { ...base, ...repeatedIn(json) };
	return { ...begun, tools: shownTools(json.tools) };
}

/** Credentials are not repeated. */
function shownTools(tools: unknown): unknown[] {
	return (Array.isArray(tools) ? tools : []).map((tool: unknown) => {
		if (!isMcpTool(tool)) return tool;
		const { authorization: _authorization, headers: _headers, ...shown } = tool;
		return shown;
	});
}
