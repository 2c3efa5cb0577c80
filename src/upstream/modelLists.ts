/** The models of upstreams, asked for now and then. */
import type { IncomingHttpHeaders } from "node:http";
import type { Routing, Target } from "../settings/routes.js";
import { defaultRetry } from "../settings/singleUpstream.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { Call } from "./call.js";
import { listFrom } from "./listedModels/ask.js";
import { readFacts } from "./routing/facts.js";
import type { Upstreams } from "./upstreams.js";

/** How long a list is taken for true, and how long an upstream that gave none is left alone. */
const freshMs = 30_000;
const restMs = 2_000;
const timeoutMs = 5_000;

interface Asker {
	req: { headers: IncomingHttpHeaders };
	state: { exchange: { id: string; clientCredentials?: IncomingHttpHeaders | undefined } };
}

/** Takes the models from a list. */
interface ReadModels<Model> {
	answer(answer: ResponseStream): Promise<Model[]>;
	json(list: unknown): Model[];
}

/**
 * @param read takes the models from an upstream's answer
 * @returns gives the models of a target's upstream; none where it does not answer
 */
export function modelLists<Model>(
	upstreams: Upstreams,
	{ upstreams: all }: Routing,
	read: ReadModels<Model>,
): (target: Target, asker: Asker) => Promise<Model[]> {
	const latest = new Map<string, { models: Promise<Model[]>; until: number }>();
	// An upstream's list may depend on the credential, so that lists asked for with a client's own are the client's.
	const ofClients = new Set(
		all.filter((each) => each.forwardsCredential || each.passthroughAuth).map(({ name }) => name),
	);
	return (target, asker) => {
		const { upstream } = target;
		if (ofClients.has(upstream)) return fetchList(upstreams, target, asker, read).catch(() => []);
		const known = latest.get(upstream);
		if (known && performance.now() < known.until) return known.models;
		const entry = { models: Promise.resolve<Model[]>([]), until: Number.POSITIVE_INFINITY };
		const rest = (ms: number) => {
			entry.until = performance.now() + ms;
		};
		entry.models = fetchList(upstreams, target, { ...asker, req: { headers: {} } }, read).then(
			(models) => {
				rest(freshMs);
				return models;
			},
			() => {
				rest(restMs);
				return [];
			},
		);
		latest.set(upstream, entry);
		return entry.models;
	};
}

async function fetchList<Model>(
	upstreams: Upstreams,
	target: Target,
	{ req: { headers }, state }: Asker,
	read: ReadModels<Model>,
): Promise<Model[]> {
	const { provider, settings } = upstreams.of(target);
	// Another host has it, so that it is none of the upstream's connections that is asked.
	if (provider.listing !== undefined) return read.json(await listFrom(settings, timeoutMs));
	const limits = {
		firstByteMs: timeoutMs,
		firstTokenMs: timeoutMs,
		idleMs: timeoutMs,
		endMs: timeoutMs,
		holdMs: timeoutMs,
		heartbeatMs: 0,
		totalMs: timeoutMs,
	};
	const only: Target = { ...target, timeouts: limits, when: undefined, canary: undefined };
	const pursuit = new Call(upstreams, {
		route: {
			name: "models",
			models: ["*"],
			stages: [
				{
					kind: "group",
					strategy: { kind: "ordered" },
					targets: [only],
					weight: 1,
					when: undefined,
					canary: undefined,
				},
			],
			retry: { ...defaultRetry, attempts: 1 },
			fallbackOn: [],
			rescue: "off",
			hedge: undefined,
		},
		facts: readFacts({ json: undefined, headers, tags: {}, caller: "" }),
		method: "GET",
		path: provider.modelsPath?.(settings) ?? "/models",
		search: "",
		requestId: state.exchange.id,
		headers,
		clientCredentials: state.exchange.clientCredentials,
		body: undefined,
		firstByteMs: undefined,
		dialect: undefined,
		choices: 1,
	});
	const answer = await pursuit.start().started;
	const models = await read.answer(answer);
	return answer.status === 200 ? models : [];
}
