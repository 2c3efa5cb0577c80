/** A client of a gateway's prompts. */
import { onTestFinished } from "vitest";
import type { components } from "../../src/generated/contract.js";
import { type HostAnswer, type Received, startAiHost } from "./aiHost.js";
import { gatewayFor, postChat, type TestGateway } from "./gateway.js";

export type Prompt = components["schemas"]["Prompt"];
export type PromptVersion = components["schemas"]["PromptVersion"];

export interface Answered<Body> {
	status: number;
	headers: Headers;
	body: Body;
}

export interface ApiError {
	error: { message: string; type: string; param: string | null; code: string | null };
}

/** Sends requests to this gateway's API, below `/v1`. */
export function clientOf({ url }: { url: string }, common: Record<string, string> = {}) {
	return async <Body = ApiError>(
		method: string,
		path: string,
		body?: unknown,
		headers: Record<string, string> = {},
	): Promise<Answered<Body>> => {
		const response = await fetch(`${url}/v1${path}`, {
			method,
			headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...common, ...headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const text = await response.text();
		return { status: response.status, headers: response.headers, body: (text && JSON.parse(text)) as Body };
	};
}

export const support = {
	name: "support-reply",
	description: "Answers to customers",
	metadata: { team: "support" },
	messages: [
		{ role: "system", content: "You answer customers of {{company}}, in {{language}}." },
		{ role: "user", content: "{{question}}" },
	],
	variables: { company: {}, question: { description: "What the customer wrote" }, language: { default: "English" } },
	parameters: { temperature: 0.3, max_tokens: 400 },
};

export interface Setup {
	gateway: TestGateway;
	call: ReturnType<typeof clientOf>;
	/** Requests that the upstream has received. */
	received: Received[];
	/** Sends a chat completion. @returns the answer, and the body that the upstream received */
	complete(body: object): Promise<{ response: Response; sent: Record<string, unknown>; text: string }>;
}

/** Starts a gateway in front of an upstream with short answers. */
export async function setUp(flags: Record<string, unknown> = {}, answer?: HostAnswer): Promise<Setup> {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host, flags);
	return {
		gateway,
		call: clientOf(gateway),
		received: host.received,
		async complete(body) {
			const before = host.received.length;
			const response = await postChat(gateway.baseUrl, body);
			const sent = host.received[before]?.body.toString();
			return { response, sent: sent === undefined ? {} : JSON.parse(sent), text: await response.text() };
		},
	};
}
