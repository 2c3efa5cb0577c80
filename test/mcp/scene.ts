/** A gateway that runs MCP tools, before a model that calls what a test has it call. */
import type OpenAI from "openai";
import { onTestFinished } from "vitest";
import type { McpServerSettings, McpSettings } from "../../src/settings/mcpSettings.js";
import type { Settings } from "../../src/settings/settings.js";
import { sendJson } from "../kit/aiHost.js";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";
import { type McpServerOptions, startMcpServer, type TestMcpServer } from "../kit/mcpServer.js";
import { clientOf, route, upstream } from "../kit/routing.js";
import { hostOf } from "../kit/spoken.js";
import { chunks, completion, functionCall, type Json } from "../kit/translated.js";

/** A turn of the model: what it says, the tools that it calls with texts as their arguments, or the status that refuses it. */
export type Said = string | number | readonly (readonly [name: string, text: string])[];

export function serverSettings(name: string, url: string, more: Partial<McpServerSettings> = {}): McpServerSettings {
	return {
		...{ name, url, headers: {}, tools: undefined, routes: undefined, keys: undefined, teams: undefined },
		...{ approval: "client", timeoutMs: 10_000 },
		...more,
	};
}

export interface SceneOptions extends Partial<McpServerOptions> {
	/** What the model says in each turn; the last one again and again. */
	readonly says: readonly Said[];
	readonly server?: Partial<McpServerSettings>;
	readonly mcp?: Partial<McpSettings>;
	readonly more?: Partial<Settings>;
	readonly flags?: Record<string, unknown>;
	readonly upstream?: Parameters<typeof upstream>[2];
}

export async function scene({
	says,
	tools = [echo],
	before,
	server,
	mcp,
	more,
	flags,
	upstream: settings,
}: SceneOptions) {
	const theirs = await startMcpServer({ tools, ...(before === undefined ? {} : { before }) });
	const host = await modelThatSays(says);
	const routing = { upstreams: [upstream("one", `${host.url}/v1`, settings)], routes: [route(["one"])] };
	const gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit(), ...flags }, routing, {
		mcp: {
			servers: [serverSettings("tools", theirs.url, server)],
			...{ upstreams: undefined, maxTurns: 8, maxCalls: 16, maxResultBytes: 64 * 1024, listAgeMs: 60_000, audit: true },
			...mcp,
		},
		...more,
	});
	onTestFinished(() => gateway.stop());
	return { host, gateway, theirs, client: clientOf(gateway), asked: () => host.received.map(requestOf) };
}

export const echo = { name: "echo", description: "Says it again", run: ({ text }: Json) => `You said: ${text}` };

function requestOf({ body }: { body: Buffer }): Json & { messages: Json[]; tools?: Json[] } {
	return JSON.parse(body.toString()) as Json & { messages: Json[] };
}

export async function modelThatSays(says: readonly Said[]) {
	let turn = 0;
	return hostOf((request, response, message) => {
		const said = says[Math.min(turn, says.length - 1)] as Said;
		turn += 1;
		if (typeof said === "number") return sendJson(response, { error: { message: "No room", code: "no_room" } }, said);
		const isStream = requestOf(request).stream === true;
		if (typeof said === "string") {
			const words = said.split(/(?<= )/).map((content) => ({ content }));
			return (isStream ? chunks(words) : completion({ content: said }))(request, response, message);
		}
		const calls = said.map(([name, text], index) => ({
			index,
			...functionCall(`call_${turn}_${index}`, name, JSON.stringify({ text })),
		}));
		const deltas = calls.map((call) => ({ tool_calls: [call] }));
		const whole = completion({ content: null, tool_calls: calls }, "tool_calls");
		return (isStream ? chunks(deltas, "tool_calls") : whole)(request, response, message);
	});
}

export function mcpTool({ url }: Pick<TestMcpServer, "url">, more: Partial<OpenAI.Responses.Tool.Mcp> = {}) {
	return { type: "mcp" as const, server_label: "tools", server_url: url, require_approval: "never" as const, ...more };
}

export const asking = { model: "test-model", input: "Say something." };

/** All events of a stream. */
export async function eventsOf(client: OpenAI, body: object) {
	const events: OpenAI.Responses.ResponseStreamEvent[] = [];
	const stream = await client.responses.create({ ...asking, ...body, stream: true } as never);
	for await (const event of stream as unknown as AsyncIterable<OpenAI.Responses.ResponseStreamEvent>)
		events.push(event);
	return events;
}
