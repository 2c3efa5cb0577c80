/**
 * The primary's half of the models that upstreams list: asks each upstream at start, and complains of those that can't be
 * reached until they are back.
 */
import type { PrimaryHalf, WorkerPort } from "../../process/channel/topic.js";
import type { FoundServer } from "../../providers/providers.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import { identityOf } from "../health/sharedHealth.js";
import type { askForModels, ModelsAnswer } from "./ask.js";
import type { DefaultModelNews, ListedFacts, ModelNews, ModelsTopic } from "./messages.js";
import { placeOf } from "./place.js";
import { watchDetails } from "./watchDetails.js";

const timeoutMs = 5_000;
/** An upstream in trouble is asked again after 1, 2, 4 … seconds. */
const firstRetryMs = 1_000;
const maxRetryMs = 30_000;
/** Lists change: a vendor has a new model, a server has loaded one. */
const freshMs = 10 * 60_000;

export interface PrimaryModelsEvents {
	complain(line: string): void;
	/** Which model requests get that name none, if it is not the contract's default. */
	defaultModel(line: string): void;
}

interface WatchEvents {
	/** To all workers. */
	send(news: ModelNews): void;
	complain(line: string): void;
}

interface Watched {
	readonly news: ModelNews | undefined;
	readonly latest: ModelsAnswer | undefined;
	ask(): void;
	/** Also who it is. */
	askAnew(): void;
	stop(): void;
}

export interface PrimaryModels extends PrimaryHalf<ModelsTopic> {
	/** Who an upstream has turned out to be; undefined if that is not known. */
	serverOf(upstream: string): FoundServer | undefined;
	/** An upstream was away, and may be another one now. */
	askAnew(upstream: string): void;
}

/** Providers and their dialects take a tenth of a second to load; the first worker is started before that. */
const askWhenLoaded: typeof askForModels = async (...given) => (await import("./ask.js")).askForModels(...given);

export function createPrimaryModels(events: PrimaryModelsEvents, ask = askWhenLoaded): PrimaryModels {
	let watches = new Map<string, { identity: string; upstream: Watched }>();
	const workers = new Set<WorkerPort<ModelsTopic>>();
	/** The last line that was printed for each default of the contract. */
	const defaultModels = new Map<string, string>();
	const watchEvents: WatchEvents = {
		complain: events.complain,
		send(news) {
			for (const worker of workers) worker.send(news);
		},
	};

	/** Those that were watched before are not asked again. */
	function follow(upstreams: readonly UpstreamSettings[]): void {
		const next: typeof watches = new Map();
		for (const settings of upstreams) {
			const identity = identityOf(settings) + JSON.stringify(settings.headers);
			const before = watches.get(settings.name);
			const isSame = before?.identity === identity;
			next.set(settings.name, {
				identity,
				upstream: isSame ? before.upstream : watchUpstream(settings, watchEvents, ask),
			});
		}
		for (const [name, { upstream }] of watches) if (next.get(name)?.upstream !== upstream) upstream.stop();
		watches = next;
	}

	/** All workers report the same, and it is printed when it changes. */
	function printDefault({ model, line }: DefaultModelNews): void {
		if (defaultModels.get(model) === line) return;
		defaultModels.set(model, line);
		events.defaultModel(line);
	}

	return {
		topic: "models",
		join(worker) {
			workers.add(worker);
			return {
				snapshot: () => [...watches.values()].flatMap(({ upstream }) => upstream.news ?? []),
				receive(message) {
					if (message.kind === "refresh") watches.get(message.upstream)?.upstream.ask();
					else printDefault(message);
				},
				leave: () => void workers.delete(worker),
			};
		},
		adopt: ({ routing }) => follow(routing.upstreams),
		stop: () => follow([]),
		serverOf: (upstream) => watches.get(upstream)?.upstream.latest?.server,
		askAnew: (upstream) => watches.get(upstream)?.upstream.askAnew(),
	};
}

/** Asks at once. One question at a time. */
function watchUpstream(settings: UpstreamSettings, events: WatchEvents, ask: typeof askForModels): Watched {
	let latest: ModelsAnswer | undefined;
	let isAsking = false;
	let isStopped = false;
	/** What is known of it may be out of date. */
	let mayBeOther = false;
	let retryMs = firstRetryMs;
	let timer: NodeJS.Timeout | undefined;
	const more = watchDetails(settings, () => send());
	const send = () => {
		if (latest !== undefined && !isStopped) events.send(newsOf(settings.name, latest, more.facts));
	};
	const askNow = async () => {
		if (isAsking || isStopped) return;
		isAsking = true;
		clearTimeout(timer);
		const answer = await ask(settings, timeoutMs, mayBeOther ? undefined : latest?.server);
		isAsking = false;
		if (isStopped) return;
		complainOfChange(settings, latest?.trouble, answer.trouble, events.complain);
		const isInTrouble = answer.trouble !== undefined;
		latest = isInTrouble ? { ...answer, list: latest?.list, server: latest?.server } : answer;
		// The list doesn't wait for more.
		if (!isInTrouble) more.follow(answer, mayBeOther);
		mayBeOther = isInTrouble;
		send();
		timer = setTimeout(() => void askNow(), isInTrouble ? retryMs : freshMs).unref();
		retryMs = isInTrouble ? Math.min(maxRetryMs, retryMs * 2) : firstRetryMs;
	};
	void askNow();
	return {
		get latest() {
			return latest;
		},
		get news() {
			return latest && newsOf(settings.name, latest, more.facts);
		},
		ask: () => void askNow(),
		askAnew() {
			mayBeOther = true;
			void askNow();
		},
		stop() {
			isStopped = true;
			clearTimeout(timer);
		},
	};
}

function newsOf(upstream: string, { list, server, trouble }: ModelsAnswer, facts: ListedFacts | undefined): ModelNews {
	return { topic: "models", upstream, list, facts, server, isInTrouble: trouble !== undefined };
}

function complainOfChange(
	settings: UpstreamSettings,
	before: string | undefined,
	after: string | undefined,
	complain: (line: string) => void,
): void {
	if (after === before) return;
	const name = `The upstream ${settings.name} (${placeOf(settings.url)})`;
	complain(after === undefined ? `${name} answers now` : `${name} ${after}`);
}
