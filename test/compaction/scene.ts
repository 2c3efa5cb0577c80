/** A gateway before a server of chat completions that sums up when it is asked to, and else answers. */
import type OpenAI from "openai";
import { expect } from "vitest";
import { sendJson } from "../kit/aiHost.js";
import { clientOf, gatewayWith, route, target, upstream } from "../kit/routing.js";
import { hostOf } from "../kit/spoken.js";
import { chunks, completion, dataOf, type Json } from "../kit/translated.js";

export const summary = "The user is called Ada, and wants blue stars.";
export const answered = "As you wish.";

type Items = OpenAI.Responses.ResponseInput;

export function said(role: "user" | "assistant" | "developer", text: string): Items[number] {
	return { type: "message", role, content: text } as Items[number];
}

/** A turn of the model's that has called a tool. */
export function turn(id: string, result: string): Items {
	return [
		{ type: "function_call", call_id: id, name: "look", arguments: "{}" },
		{ type: "function_call_output", call_id: id, output: result },
	];
}

export const long = (word: string, times = 400) => `${word} `.repeat(times).trim();

export const tools = [
	{ type: "function" as const, name: "look", description: "Looks", strict: null, parameters: { type: "object" } },
];

export interface SceneOptions {
	/** What is known of the model's context, in tokens. */
	readonly context?: number;
	readonly flags?: Record<string, unknown>;
	/** Of a summary; undefined for a usual one. */
	readonly summarize?: Parameters<typeof hostOf>[0];
	readonly settings?: Parameters<typeof upstream>[2];
	readonly timeouts?: object;
}

export async function compacting({ context, flags, summarize, settings, timeouts = {} }: SceneOptions = {}) {
	const host = await hostOf((request, response, message) => {
		const { messages = [], stream } = JSON.parse(request.body.toString()) as { messages: Json[]; stream?: boolean };
		const isSummary = JSON.stringify(messages.at(-1) ?? "").includes("Sum up this conversation");
		if (isSummary && summarize !== undefined) return summarize(request, response, message);
		const content = isSummary ? summary : answered;
		const words = content.split(/(?<= )/).map((word) => ({ content: word }));
		return (stream ? chunks(words) : completion({ content }))(request, response, message);
	});
	const gateway = await gatewayWith(
		{
			upstreams: [upstream("one", `${host.url}/v1`, settings)],
			routes: [route([target("one/m", { capabilities: context === undefined ? {} : { context }, timeouts })])],
		},
		flags,
	);
	const post = (path: string, body: Json, headers: Record<string, string> = {}) =>
		fetch(`${gateway.url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify({ model: "test-model", ...body }),
		});
	return {
		host,
		gateway,
		client: clientOf(gateway),
		post,
		/** Messages of each request that the upstream got. */
		asked: () =>
			host.received.map(({ body }) => (JSON.parse(body.toString()) as { messages: Json[] }).messages.map(textOf)),
		async events(body: Json): Promise<Json[]> {
			const response = await post("/v1/responses", { ...body, stream: true });
			const text = await response.text();
			expect([response.status, text]).toEqual([200, text]);
			return dataOf(text);
		},
	};
}

/** A message in a line. */
function textOf({ role, content, tool_calls: calls }: Json): string {
	const text = typeof content === "string" ? content : JSON.stringify(content ?? calls);
	return `${role}: ${text}`;
}

export function refuse(status: number): Parameters<typeof hostOf>[0] {
	return (_request, response) => sendJson(response, { error: { message: "no", type: "x" } }, status);
}
