/** The primary's watch over upstreams: asks each for its models at start, tells of those that can't be reached, and of their return. */
import type { UpstreamSettings } from "../../settings/routes.js";
import { identityOf } from "../health/primary.js";
import { askForModels, type ModelsAnswer } from "./ask.js";
import type { ModelNews } from "./messages.js";
import { placeOf } from "./place.js";

const timeoutMs = 5_000;
/** Trouble is looked at again after 1, 2, 4 … seconds. */
const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

export interface ModelWatch {
	/** Watches these from now on; those that were watched before are not asked again. */
	follow(upstreams: readonly UpstreamSettings[]): void;
	/** Asks one anew; all workers are told what comes of it. */
	refresh(upstream: string): void;
	/** What is known, for a new worker; nothing of those that are being asked for the first time. */
	snapshot(): ModelNews[];
	stop(): void;
}

export interface ModelWatchEvents {
	/** For all workers. */
	tell(news: ModelNews): void;
	complain(line: string): void;
}

interface Watched {
	latest: ModelsAnswer | undefined;
	ask(): void;
	stop(): void;
}

export function createModelWatch(events: ModelWatchEvents, ask = askForModels): ModelWatch {
	let watched = new Map<string, { identity: string; upstream: Watched }>();
	return {
		follow(upstreams) {
			const next: typeof watched = new Map();
			for (const settings of upstreams) {
				const identity = identityOf(settings) + JSON.stringify(settings.headers);
				const known = watched.get(settings.name);
				const isSame = known?.identity === identity;
				next.set(settings.name, {
					identity,
					upstream: isSame ? known.upstream : watchUpstream(settings, events, ask),
				});
			}
			for (const [name, { upstream }] of watched) if (next.get(name)?.upstream !== upstream) upstream.stop();
			watched = next;
		},
		refresh: (name) => watched.get(name)?.upstream.ask(),
		snapshot: () =>
			[...watched].flatMap(([name, { upstream }]) => (upstream.latest ? [newsOf(name, upstream.latest)] : [])),
		stop() {
			for (const { upstream } of watched.values()) upstream.stop();
			watched = new Map();
		},
	};
}

/** Asks at once. One question at a time. */
function watchUpstream(settings: UpstreamSettings, events: ModelWatchEvents, ask: typeof askForModels): Watched {
	let latest: ModelsAnswer | undefined;
	let isAsking = false;
	let isStopped = false;
	let retryMs = firstRetryMs;
	let timer: NodeJS.Timeout | undefined;
	const askNow = async () => {
		if (isAsking || isStopped) return;
		isAsking = true;
		clearTimeout(timer);
		const answer = await ask(settings, timeoutMs);
		isAsking = false;
		if (isStopped) return;
		tellOfChange(settings, latest?.trouble, answer.trouble, events.complain);
		latest = answer.trouble === undefined ? answer : { ...answer, list: latest?.list };
		events.tell(newsOf(settings.name, latest));
		if (answer.trouble === undefined) {
			retryMs = firstRetryMs;
			return;
		}
		timer = setTimeout(() => void askNow(), retryMs).unref();
		retryMs = Math.min(maxRetryMs, retryMs * 2);
	};
	void askNow();
	return {
		get latest() {
			return latest;
		},
		ask: () => void askNow(),
		stop() {
			isStopped = true;
			clearTimeout(timer);
		},
	};
}

function newsOf(upstream: string, { list, trouble }: ModelsAnswer): ModelNews {
	return { type: "modelNews", upstream, list, isInTrouble: trouble !== undefined };
}

function tellOfChange(
	settings: UpstreamSettings,
	before: string | undefined,
	after: string | undefined,
	complain: (line: string) => void,
): void {
	if (after === before) return;
	const name = `The AI host ${settings.name} (${placeOf(settings.url)})`;
	complain(after === undefined ? `${name} answers now` : `${name} ${after}`);
}
