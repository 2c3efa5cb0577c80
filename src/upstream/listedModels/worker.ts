/** A worker's half of the models that upstreams list: the primary asks them, and sends all workers the same news. */
import { FactsByName } from "../../catalogue/catalogue.js";
import type { ModelFacts } from "../../catalogue/modelFacts.js";
import type { PrimaryPort, WorkerHalf } from "../../process/channel/topic.js";
import type { FoundServer } from "../../providers/providers.js";
import type { ModelList, ModelNews, ModelsTopic } from "./messages.js";

/** How long a request waits for the primary's news. */
const patienceMs = 1_000;

/** The gateway's view of the models that upstreams list. */
export interface ListedModels {
	/** The upstream's list; undefined if it gave none or has not been asked yet. */
	listOf(upstream: string): ModelList | undefined;
	/** What the upstream says of a model that it lists. */
	factsOf(upstream: string, model: string): ModelFacts | undefined;
	/** Whether it says something of any model. */
	hasFacts(upstream: string): boolean;
	/** The upstream could not be reached, or was not ready. */
	isInTrouble(upstream: string): boolean;
	/** Who the upstream has turned out to be; undefined if that is not known. */
	serverOf(upstream: string): FoundServer | undefined;
	/** Rises with each news. */
	readonly revision: number;
	/** Milliseconds since the upstream was last asked; Infinity before the first answer. */
	ageMs(upstream: string): number;
	/** Has the upstream asked again. Resolves when it was, or after a second. */
	refresh(upstream: string): Promise<void>;
	/** Called with the name of each upstream that was asked. */
	onNews: (upstream: string) => void;
}

export interface WorkerModels extends ListedModels, WorkerHalf<ModelsTopic> {
	/** Tells the operator which model requests get that name none. */
	reportDefault(news: { model: string; line: string }): void;
}

/** @param snapshot what the primary knows when the worker starts */
export function createWorkerModels({ send }: PrimaryPort<ModelsTopic>, snapshot: readonly ModelNews[]): WorkerModels {
	const lists = new Map<string, { news: ModelNews; facts: FactsByName | undefined; atMs: number }>();
	const refreshing = new Map<string, { promise: Promise<void>; done: () => void }>();
	let hasEnded = false;
	let revision = 0;
	const note = (news: ModelNews) => {
		const facts = news.facts && new FactsByName(news.facts);
		lists.set(news.upstream, { news, facts, atMs: performance.now() });
	};
	for (const news of snapshot) note(news);
	const models: WorkerModels = {
		onNews: () => {},
		get revision() {
			return revision;
		},
		listOf: (upstream) => lists.get(upstream)?.news.list,
		factsOf: (upstream, model) => lists.get(upstream)?.facts?.find(model),
		hasFacts: (upstream) => lists.get(upstream)?.facts?.isEmpty === false,
		isInTrouble: (upstream) => lists.get(upstream)?.news.isInTrouble === true,
		serverOf: (upstream) => lists.get(upstream)?.news.server,
		ageMs: (upstream) => performance.now() - (lists.get(upstream)?.atMs ?? Number.NEGATIVE_INFINITY),
		refresh(upstream) {
			const underWay = refreshing.get(upstream);
			if (underWay || hasEnded) return underWay?.promise ?? Promise.resolve();
			const { promise, resolve } = withResolvers();
			const timer = setTimeout(() => done(), patienceMs);
			const done = () => {
				clearTimeout(timer);
				refreshing.delete(upstream);
				resolve();
			};
			refreshing.set(upstream, { promise, done });
			send({ topic: "models", kind: "refresh", upstream });
			return promise;
		},
		receive(news) {
			note(news);
			revision += 1;
			refreshing.get(news.upstream)?.done();
			models.onNews(news.upstream);
		},
		reportDefault: ({ model, line }) => send({ topic: "models", kind: "default", model, line }),
		end() {
			hasEnded = true;
			for (const { done } of [...refreshing.values()]) done();
		},
	};
	return models;
}

/** For a gateway without a primary: no upstream is asked, and the contract's default stands. */
export function createNoModels(): ListedModels {
	return {
		onNews: () => {},
		revision: 0,
		listOf: () => undefined,
		factsOf: () => undefined,
		hasFacts: () => false,
		isInTrouble: () => false,
		serverOf: () => undefined,
		ageMs: () => 0,
		refresh: () => Promise.resolve(),
	};
}

/** Promise.withResolvers is there from Node 22 on. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
	let resolve = () => {};
	const promise = new Promise<void>((given) => {
		resolve = given;
	});
	return { promise, resolve };
}
