/** An upstream whose streams go on only when a test says so, and clients that leave and come back. */
import { Agent, type ClientRequest, get, type IncomingMessage, request } from "node:http";
import { expect, onTestFinished } from "vitest";
import type { Settings } from "../../src/settings/settings.js";
import { chunk, completion, sendJson, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import type { WhenDone } from "../kit/llmw.js";

export interface SteppedHost extends TestHost {
	/** Sends the next event of the stream, or the whole answer. Waits until there is a request to answer. */
	step(): Promise<void>;
	/** All the rest, now and for later requests. */
	finish(): void;
	/** Goes on only by steps again. */
	hold(): void;
}

export const words = ["One", " two", " three", " four"];

/** The bytes of a whole stream of it. */
export const wholeStream = `${words.map((content) => chunk({ content })).join("")}${chunk({}, "stop")}data: [DONE]\n\n`;

export async function startSteppedHost(whenDone: WhenDone = onTestFinished): Promise<SteppedHost> {
	let allowed = 0;
	let isFree = false;
	const taken: (() => void)[] = [];
	const waiting: (() => void)[] = [];
	const pass = () => {
		if (isFree) return Promise.resolve();
		if (allowed > 0) {
			allowed -= 1;
			taken.shift()?.();
			return Promise.resolve();
		}
		return new Promise<void>((resolve) => waiting.push(resolve));
	};
	const host = await startAiHost(async ({ body }, response) => {
		const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
		if (!stream) {
			await pass();
			sendJson(response, completion);
			return;
		}
		await pass();
		startStream(response);
		for (const content of words) {
			response.write(chunk({ content }));
			await pass();
		}
		response.write(chunk({}, "stop"));
		response.end("data: [DONE]\n\n");
	});
	whenDone(() => host.close());
	return Object.assign(host, {
		hold() {
			isFree = false;
		},
		step: () =>
			new Promise<void>((resolve) => {
				const next = waiting.shift();
				if (next !== undefined) {
					next();
					resolve();
					return;
				}
				allowed += 1;
				taken.push(resolve);
			}),
		finish() {
			isFree = true;
			for (const go of waiting.splice(0)) go();
		},
	});
}

/** A gateway in this process, until the test ends. */
export async function gatewayOver(
	host: { url: string },
	flags: Record<string, unknown> = {},
	more: Partial<Settings> = {},
): Promise<TestGateway> {
	const gateway = await startGateway(host.url, flags, undefined, more);
	onTestFinished(() => gateway.stop());
	return gateway;
}

export const question = { model: "m", messages: [{ role: "user", content: "Count" }] };

export interface Client {
	readonly request: ClientRequest;
	/** Resolves with the head. @throws Error if the connection breaks before it */
	readonly response: Promise<IncomingMessage>;
	/** Resolves when this much of the body has come. */
	until(text: string): Promise<void>;
	/** Resolves with the body when it is whole, or the connection is broken. */
	readonly body: Promise<string>;
	/** What has come of the body. */
	text(): string;
	leave(): void;
}

/** Asks on a connection of its own, so that any worker may get it, unless an agent is given. */
export function ask(
	url: string,
	body: object,
	headers: Record<string, string> = {},
	path = "/v1/chat/completions",
	agent: Agent | false = false,
): Client {
	let text = "";
	const watchers = new Set<() => void>();
	const sent = request(`${url}${path}`, {
		agent,
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
	});
	const response = new Promise<IncomingMessage>((resolve, reject) => {
		sent.on("response", resolve);
		sent.on("error", reject);
	});
	response.catch(() => {});
	const whole = response.then(
		(message) =>
			new Promise<string>((resolve) => {
				message.setEncoding("utf8").on("data", (part: string) => {
					text += part;
					for (const watcher of watchers) watcher();
				});
				message.on("close", () => resolve(text));
				message.on("error", () => {});
			}),
	);
	whole.catch(() => {});
	sent.end(JSON.stringify(body));
	return {
		request: sent,
		response,
		body: whole,
		text: () => text,
		leave: () => void sent.destroy(),
		until: (part) =>
			new Promise((resolve) => {
				const look = () => {
					if (!text.includes(part)) return;
					watchers.delete(look);
					resolve();
				};
				watchers.add(look);
				look();
			}),
	};
}

/** Waits until so many requests have got another one's answer. */
export async function shared(url: string, count: number): Promise<void> {
	await expect
		.poll(async () => {
			const text = await (await fetch(`${url}/metrics`)).text();
			return [...text.matchAll(/^llmgw_replays_total\{.*\} (\d+)$/gm)].reduce((sum, [, one]) => sum + Number(one), 0);
		})
		.toBe(count);
}

/** One worker of a gateway. */
export interface TestWorker {
	readonly pid: number;
	/** Asks this worker, on a connection of its own. */
	ask(body?: object, headers?: Record<string, string>, path?: string): Client;
}

/** Opens connections until each of this many workers has `each` of them, for as many requests. */
export async function workersOf(url: string, count: number, each = 3): Promise<TestWorker[]> {
	const found = new Map<number, Agent[]>();
	const all: Agent[] = [];
	onTestFinished(() => {
		for (const agent of all) agent.destroy();
	});
	while (found.size < count || [...found.values()].some(({ length }) => length < each)) {
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		all.push(agent);
		const pid = await workerOf(url, agent);
		found.set(pid, [...(found.get(pid) ?? []), agent]);
	}
	return [...found].map(([pid, agents]) => ({
		pid,
		ask(body = { ...question, stream: true }, headers = { "idempotency-key": "k" }, path = undefined) {
			const agent = agents.pop();
			if (agent === undefined) throw new Error("there is no connection left");
			return ask(url, body, headers, path, agent);
		},
	}));
}

/** The worker that the next request of this agent reaches. */
function workerOf(url: string, agent: Agent): Promise<number> {
	return new Promise((resolve, reject) => {
		get(`${url}/healthz`, { agent }, async (response) => {
			const text = (await response.setEncoding("utf8").toArray()).join("");
			resolve((JSON.parse(text) as { worker: number }).worker);
		}).on("error", reject);
	});
}
