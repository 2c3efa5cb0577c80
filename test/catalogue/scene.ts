/** Gateways that know what the lists of their upstreams say. */
import { onTestFinished } from "vitest";
import { entriesIn } from "../../src/catalogue/listEntries.js";
import { readFacts } from "../../src/catalogue/readFacts.js";
import type { Route, UpstreamSettings } from "../../src/settings/routes.js";
import { listedFacts } from "../../src/upstream/listedModels/listedFacts.js";
import type { ModelNews } from "../../src/upstream/listedModels/messages.js";
import { createWorkerModels } from "../../src/upstream/listedModels/worker.js";
import { type HostAnswer, startAiHost, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway, withoutRateLimit } from "../kit/gateway.js";
import { upstream } from "../kit/routing.js";
import { json } from "../kit/translated.js";

export interface KnownUpstream {
	/** Its list of models. */
	list: unknown;
	answer?: HostAnswer;
	settings?: Partial<UpstreamSettings>;
}

export interface Scene {
	gateway: TestGateway;
	hosts: Record<string, TestHost>;
	/** The bodies of the requests that an upstream got, but for lists. */
	asked(name: string): Record<string, unknown>[];
}

/** What an upstream's list makes the primary tell its workers. */
export function newsOf(name: string, list: unknown): ModelNews {
	const models = (entriesIn(list) ?? []).map(({ id, aliases, json: entry }) => ({
		id,
		aliases,
		stamp: "",
		facts: readFacts(entry),
	}));
	return {
		topic: "models",
		upstream: name,
		list: undefined,
		facts: listedFacts(models, new Map()),
		isInTrouble: false,
	};
}

export async function gatewayOver(upstreams: Record<string, KnownUpstream>, routes: Route[]): Promise<Scene> {
	const hosts: Record<string, TestHost> = {};
	for (const [name, { list, answer }] of Object.entries(upstreams)) {
		const host = await startAiHost((request, response, message) => {
			if (request.method === "GET") return json(list as never)(request, response, message);
			return answer?.(request, response, message);
		});
		onTestFinished(() => host.close());
		hosts[name] = host;
	}
	const settings = Object.entries(upstreams).map(([name, { settings: more }]) =>
		upstream(name, `${hosts[name]?.url}/v1`, more),
	);
	const models = createWorkerModels(
		{ send() {} } as never,
		Object.entries(upstreams).map(([name, { list }]) => newsOf(name, list)),
	);
	const gateway = await startGateway(
		"127.0.0.1",
		{ contract: "openai", overlay: withoutRateLimit() },
		{ upstreams: settings, routes },
		{},
		{ models },
	);
	onTestFinished(() => gateway.stop());
	return {
		gateway,
		hosts,
		asked: (name) =>
			(hosts[name]?.received ?? [])
				.filter(({ method }) => method === "POST")
				.map(({ body }) => JSON.parse(body.toString())),
	};
}
