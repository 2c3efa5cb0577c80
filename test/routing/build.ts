/** Routes, requests and views of the world for tests of choosing. */
import { createCatalogue } from "../../src/catalogue/catalogue.js";
import type { ModelFacts } from "../../src/catalogue/modelFacts.js";
import type { Capabilities, Route, Strategy, Target, TargetGroup } from "../../src/settings/routes.js";
import { choose, type TargetView } from "../../src/upstream/routing/choose.js";
import { type RequestFacts, readFacts } from "../../src/upstream/routing/facts.js";

const unknown: Capabilities = {
	prefill: undefined,
	tools: undefined,
	vision: undefined,
	jsonSchema: undefined,
	context: undefined,
};

type TargetSettings = Partial<Omit<Target, "capabilities">> & { capabilities?: Partial<Capabilities> };

/** A target that demands nothing; its upstream has its name. */
export function target(name: string, { capabilities, ...settings }: TargetSettings = {}): Target {
	return {
		kind: "target",
		name,
		upstream: name,
		model: undefined,
		timeouts: {
			firstByteMs: 1000,
			firstTokenMs: 1000,
			idleMs: 1000,
			endMs: 1000,
			holdMs: 1000,
			heartbeatMs: 0,
			totalMs: undefined,
		},
		capabilities: { ...unknown, ...capabilities },
		cost: undefined,
		weight: 1,
		when: undefined,
		canary: undefined,
		...settings,
	};
}

export function targets(...names: string[]): Target[] {
	return names.map((name) => target(name));
}

export function group(
	strategy: Strategy | "ordered" | "weighted" | "round_robin" | "least_busy" | "lowest_latency" | "cheapest",
	members: (Target | TargetGroup)[],
	settings: Partial<TargetGroup> = {},
): TargetGroup {
	return {
		kind: "group",
		strategy: typeof strategy === "string" ? { kind: strategy } : strategy,
		targets: members,
		weight: 1,
		when: undefined,
		canary: undefined,
		...settings,
	};
}

/** @param stages the first one, then the fallbacks */
export function route(...stages: TargetGroup[]): Route {
	return {
		name: "chat",
		models: ["chat"],
		stages,
		retry: {
			attempts: 3,
			attemptsPerTarget: 2,
			firstBackoffMs: 100,
			maxBackoffMs: 1000,
			maxWaitMs: 5000,
			budgetShare: 0.2,
		},
		fallbackOn: [],
		rescue: "off",
		hedge: undefined,
	};
}

type Json = Record<string, unknown>;

export function facts(json: Json = {}, source: Partial<Parameters<typeof readFacts>[0]> = {}): RequestFacts {
	return readFacts({ json, headers: {}, tags: {}, caller: "someone", ...source });
}

export interface World {
	/** What lists say of the targets' models, by the targets' names. */
	models?: Record<string, ModelFacts>;
	inFlight?: Record<string, number>;
	latencyMs?: Record<string, number>;
	later?: string[];
	/** Where the conversation is at home, and how many milliseconds targets rest that are `later` for nothing else. */
	home?: { target: string; turns?: number };
	restMs?: Record<string, number>;
}

/** State of targets by name; others are idle, of unknown latency, and available. It may change between choices. */
export function view(world: World = {}): TargetView {
	const turns = new Map<TargetGroup, number>();
	const { models = {} } = world;
	const catalogue = createCatalogue([], { listed: (name) => models[name], listRevision: 0 });
	return {
		revision: catalogue.revision,
		factsOf: (of) => catalogue.of(of, "model").facts,
		inFlight: ({ name }) => world.inFlight?.[name] ?? 0,
		latencyMs: ({ name }) => world.latencyMs?.[name],
		isAvailable: ({ name }) => (world.later?.includes(name) ? "later" : "yes"),
		homeOf: () => world.home && { turns: 1, ...world.home },
		restMs: ({ name }) => world.restMs?.[name],
		nextTurn(of) {
			const turn = turns.get(of) ?? 0;
			turns.set(of, turn + 1);
			return turn;
		},
	};
}

/** Mulberry32: the same numbers from 0 to less than 1 in each run. */
export function seeded(seed = 1): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** The names in the order of one choice. */
export function names(of: Route, request: RequestFacts = facts(), world: World = {}, random = seeded()): string[] {
	return choose(of, request, view(world), random).map(({ name }) => name);
}

/** How often each name is first, of so many choices. */
export function firsts(times: number, chooseOnce: (at: number) => readonly { name: string }[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (let at = 0; at < times; at += 1) {
		const name = chooseOnce(at)[0]?.name ?? "none";
		counts[name] = (counts[name] ?? 0) + 1;
	}
	return counts;
}
