/** Upstreams that answer the lines of batches, and gateways that run them. */
import type { ServerResponse } from "node:http";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { onTestFinished } from "vitest";
import { sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";

/** What a line asks an upstream for. */
export interface Question {
	/** The text of its only message. */
	text: string;
	body: Record<string, unknown>;
	response: ServerResponse;
}

/** Answers each line with its own text, after what `before` does. @returns what was asked, in order */
export async function startEcho(
	before: (question: Question) => unknown = () => {},
): Promise<{ host: TestHost; asked: string[] }> {
	const asked: string[] = [];
	const host = await startAiHost(async ({ body: bytes }, response) => {
		const body = JSON.parse(bytes.toString()) as { model: string; messages: { content: unknown }[] };
		const text = textOf(body.messages.at(-1)?.content);
		asked.push(text);
		await before({ text, body, response });
		if (!response.headersSent && !response.destroyed) sendJson(response, completionOf(body.model, text));
	});
	onTestFinished(() => host.close());
	return { host, asked };
}

function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	return (content as { text: string }[]).map(({ text }) => text).join("");
}

function completionOf(model: string, content: string) {
	return {
		...{ id: "chatcmpl-1", object: "chat.completion", created: 1, model },
		choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
		usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
	};
}

export const anthropicFor = (url: string, apiKey = "k") => new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
export const openaiFor = (url: string, apiKey = "k") => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

export function messageRequest(customId: string, content = customId) {
	const params = { model: "m", max_tokens: 10, messages: [{ role: "user" as const, content }] };
	return { custom_id: customId, params };
}

export const numbered = (count: number) => Array.from({ length: count }, (_none, index) => `line-${index + 1}`);
