/** Gateways with several upstreams: routes as tests need them, in front of labs. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { onTestFinished } from "vitest";
import { createLab, type Lab } from "../../src/mockHosts/lab/lab.js";
import type {
	Capabilities,
	Route,
	Routing,
	Strategy,
	Target,
	Timeouts,
	UpstreamSettings,
} from "../../src/settings/routes.js";
import { defaultRetry } from "../../src/settings/singleUpstream.js";
import { shortBackoff, startGateway, type TestGateway, withoutRateLimit } from "./gateway.js";

export async function startLab(): Promise<Lab & { url: string }> {
	const lab = createLab();
	lab.listen(0, "127.0.0.1");
	await once(lab, "listening");
	onTestFinished(() => {
		lab.closeAllConnections();
		lab.close();
	});
	const { port } = lab.address() as AddressInfo;
	return Object.assign(lab, { url: `http://127.0.0.1:${port}/v1` });
}

export function upstream(name: string, url: string, more: Partial<UpstreamSettings> = {}): UpstreamSettings {
	return {
		name,
		url,
		key: undefined,
		forwardsCredential: false,
		headers: {},
		tls: { ca: undefined, cert: undefined, key: undefined, serverName: undefined, insecure: false },
		connectTimeoutMs: 2_000,
		maxConnections: undefined,
		limits: undefined,
		tokenize: undefined,
		maxConcurrency: undefined,
		health: undefined,
		breaker: undefined,
		usage: "ask",
		priceList: undefined,
		...more,
	};
}

const unknown: Capabilities = {
	prefill: undefined,
	tools: undefined,
	vision: undefined,
	jsonSchema: undefined,
	context: undefined,
};
const patient: Timeouts = {
	firstByteMs: 10_000,
	firstTokenMs: 10_000,
	idleMs: 10_000,
	endMs: 10_000,
	holdMs: 10_000,
	heartbeatMs: 0,
	totalMs: undefined,
};

export interface TargetOptions extends Partial<Omit<Target, "capabilities" | "timeouts">> {
	capabilities?: Partial<Capabilities>;
	timeouts?: Partial<Timeouts>;
}

/** @param name `upstream/model`, or `upstream` */
export function target(name: string, { capabilities, timeouts, ...more }: TargetOptions = {}): Target {
	const [upstreamName = "", ...model] = name.split("/");
	return {
		kind: "target",
		name,
		upstream: upstreamName,
		model: model.length === 0 ? undefined : model.join("/"),
		weight: 1,
		when: undefined,
		canary: undefined,
		cost: undefined,
		...more,
		capabilities: { ...unknown, ...capabilities },
		timeouts: { ...patient, ...timeouts },
	};
}

export function route(
	targets: readonly (Target | string)[],
	more: Partial<Route> = {},
	strategy: Strategy = { kind: "ordered" },
): Route {
	const { models = ["test-model"] } = more;
	return {
		name: models[0] as string,
		models,
		stages: [
			{
				kind: "group",
				strategy,
				targets: targets.map((given) => (typeof given === "string" ? target(given) : given)),
				weight: 1,
				when: undefined,
				canary: undefined,
			},
		],
		retry: { ...defaultRetry, ...shortBackoff },
		fallbackOn: [],
		rescue: "exact",
		hedge: undefined,
		...more,
	};
}

/** Starts a gateway in this process. */
export async function gatewayWith(routing: Routing, flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit(), ...flags }, routing);
	onTestFinished(() => gateway.stop());
	return gateway;
}

/** Sends a request with the SDK, without its retries. */
export function clientOf({ baseUrl }: { baseUrl: string }): OpenAI {
	return new OpenAI({ baseURL: baseUrl, apiKey: "test", maxRetries: 0 });
}

export const question = {
	model: "test-model",
	messages: [{ role: "user" as const, content: "Say your text." }],
	max_tokens: 1000,
};

export interface Heard {
	text: string;
	finishReason: string | null | undefined;
	error: { message: string; code: string | null | undefined; status: number | undefined } | undefined;
	usage: { prompt_tokens: number; completion_tokens: number } | undefined;
	ids: Set<string>;
}

/** Everything that the SDK gets of a streamed answer, until its end or error. */
export async function hear(client: OpenAI, request: object = {}): Promise<Heard> {
	const heard: Heard = { text: "", finishReason: undefined, error: undefined, usage: undefined, ids: new Set() };
	try {
		const stream = await client.chat.completions.create({
			...question,
			stream_options: { include_usage: true },
			...request,
			stream: true,
		});
		for await (const chunk of stream) {
			heard.ids.add(chunk.id);
			if (chunk.usage) heard.usage = chunk.usage;
			const [choice] = chunk.choices;
			heard.text += choice?.delta.content ?? "";
			if (choice?.finish_reason) heard.finishReason = choice.finish_reason;
		}
	} catch (error) {
		const { message, code, status } = error as { message: string; code?: string | null; status?: number };
		heard.error = { message, code, status };
	}
	return heard;
}

/** The text of an answer that isn't streamed, or its error. */
export async function ask(client: OpenAI, request: object = {}): Promise<Heard> {
	const heard: Heard = { text: "", finishReason: undefined, error: undefined, usage: undefined, ids: new Set() };
	try {
		const completion = await client.chat.completions.create({ ...question, ...request, stream: false });
		heard.ids.add(completion.id);
		heard.usage = completion.usage;
		heard.text = completion.choices[0]?.message.content ?? "";
		heard.finishReason = completion.choices[0]?.finish_reason;
	} catch (error) {
		const { message, code, status } = error as { message: string; code?: string | null; status?: number };
		heard.error = { message, code, status };
	}
	return heard;
}

/** Starts a gateway with one route to the upstreams a, b and c, which are all the same lab. */
export async function inFrontOfLab(targets: readonly (Target | string)[], more: Partial<Route> = {}) {
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: ["a", "b", "c"].map((name) => upstream(name, lab.url)),
		routes: [route(targets, more)],
	});
	return { lab, gateway, client: clientOf(gateway), asked: () => lab.ledger.entries().map(({ model }) => model) };
}
