/** A worker's half of upstreams' health. Every request passes it, and most need no message to the primary. */
import type { PrimaryPort, WorkerHalf } from "../../process/channel/topic.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import type { Ask, HealthReport, HealthTopic, Outcomes, SharedState } from "./messages.js";
import { createSharedHealth, gossipMs } from "./sharedHealth.js";
import {
	breakerModel,
	type Entrance,
	type Health,
	judgementOfModel,
	judgementOfUpstream,
	type Outcome,
	type Permit,
	steadyNow,
	type UpstreamState,
	type UpstreamStates,
} from "./states.js";

export interface WorkerHealth extends UpstreamStates, Required<Pick<WorkerHalf<HealthTopic>, "receive" | "end">> {
	/** This worker's requests under way, by upstream. */
	inFlight(): Record<string, number>;
}

export interface HealthLink extends Pick<PrimaryPort<HealthTopic>, "send"> {
	/** Calls `flush` soon, which sends all that has gathered until then; by default at the end of the turn. */
	soon?(flush: () => void): void;
	/** Milliseconds since the epoch that never go back. */
	now?(): number;
}

/** One upstream, as this worker knows it. */
interface LocalUpstream extends UpstreamState {
	readonly settings: UpstreamSettings;
	own: number;
	others: number;
	health: Health;
	/** When an open breaker admits a probe. */
	opensAt: number | undefined;
	/** The same for each model whose breaker is not closed. */
	modelsOpenAt: ReadonlyMap<string, number>;
	/** A breaker is not closed. */
	readonly isTroubled: boolean;
	generation: number;
	/** Outcomes of this generation that the primary does not know yet: the upstream's, and its models'. */
	tally: Tally;
	readonly modelTallies: Map<string, Tally>;
	/** Those of earlier generations. */
	earlier: Outcomes[];
	/** `own`, as the primary knows it. */
	reportedOwn: number;
}

interface Tally {
	ok: number;
	failed: number;
}

interface Waiting {
	local: LocalUpstream;
	decide(permit: Permit | undefined): void;
}

const noEntrance: Entrance = {};
const noModels: ReadonlyMap<string, number> = new Map();
/** Models with outcomes to report, before they are reported at once. */
const maxTallies = 256;

const refused: Promise<undefined> = Promise.resolve(undefined);

/** @param snapshot what the primary knew when this worker started */
export function createWorkerHealth(
	upstreams: readonly UpstreamSettings[],
	snapshot: readonly SharedState[],
	{ send, soon = setImmediate, now = steadyNow }: HealthLink,
): WorkerHealth {
	const locals = new Map(upstreams.map((settings) => [settings.name, localUpstream(settings, now)]));
	const waiting = new Map<number, Waiting>();
	const isGossiping = locals.size > 1;
	let next = 0;
	let asks: Ask[] = [];
	let left: HealthReport["left"] = [];
	let judged: HealthReport["judged"] = [];
	let cancelled: number[] = [];
	let isSoon = false;
	let later: NodeJS.Timeout | undefined;
	let isEnded = false;

	const localOf = (name: string): LocalUpstream => {
		const local = locals.get(name);
		if (!local) throw new Error(`there is no upstream ${name}`);
		return local;
	};
	const flush = () => {
		isSoon = false;
		clearTimeout(later);
		later = undefined;
		const report: HealthReport = { topic: "health", outcomes: [], left, judged, cancelled, asks, inFlight: {} };
		asks = [];
		left = [];
		judged = [];
		cancelled = [];
		for (const local of locals.values()) gather(local, report, isGossiping);
		send(report);
	};
	const flushSoon = () => {
		if (isSoon || isEnded) return;
		isSoon = true;
		soon(flush);
	};
	const flushLater = () => {
		if (!isEnded) later ??= setTimeout(flush, gossipMs).unref();
	};
	const count = (local: LocalUpstream, change: 1 | -1) => {
		local.own += change;
		if (isGossiping) flushLater();
	};
	const note = (local: LocalUpstream, model: string | undefined, generation: number, outcome: Outcome) => {
		if (outcome === "ignored" || !local.settings.breaker) return;
		if (generation === local.generation) tally(local, model, outcome);
		else tallyEarlier(local, model, generation, outcome);
		// Outcomes that may open or close a breaker are reported at once.
		const isUrgent = outcome === "failed" || outcome === "unreachable" || local.isTroubled;
		if (isUrgent || local.modelTallies.size >= maxTallies) flushSoon();
		else flushLater();
	};
	/** A request that doesn't need the primary's permission. */
	const pass = (local: LocalUpstream, model: string | undefined): Permit => {
		const { generation } = local;
		let isOver = false;
		count(local, 1);
		return {
			leave(outcome) {
				if (isOver) return;
				isOver = true;
				count(local, -1);
				if (outcome !== "undecided") note(local, model, generation, outcome);
			},
			judge: (outcome) => note(local, model, generation, outcome),
		};
	};
	const admitted = (local: LocalUpstream, number: number): Permit => {
		let isOver = false;
		count(local, 1);
		return {
			leave(outcome) {
				if (isOver) return;
				isOver = true;
				count(local, -1);
				left.push({ number, outcome });
				flushSoon();
			},
			judge(outcome) {
				judged.push({ number, outcome });
				flushSoon();
			},
		};
	};
	const cancel = (number: number) => {
		waiting.get(number)?.decide(undefined);
		const unsent = asks.findIndex((ask) => ask.number === number);
		if (unsent >= 0) asks.splice(unsent, 1);
		else cancelled.push(number);
		flushSoon();
	};
	const ask = (local: LocalUpstream, waitMs: number, signal: AbortSignal | undefined, entrance: Entrance) =>
		new Promise<Permit | undefined>((resolve) => {
			const number = next++;
			const giveUp = () => cancel(number);
			waiting.set(number, {
				local,
				decide(permit) {
					waiting.delete(number);
					signal?.removeEventListener("abort", giveUp);
					resolve(permit);
				},
			});
			signal?.addEventListener("abort", giveUp, { once: true });
			const { model, isLastResort = false } = entrance;
			asks.push({ number, upstream: local.settings.name, model, isLastResort, waitMs });
			flushSoon();
		});
	/** When the breaker in the way of a request admits a probe; undefined if none is in its way. */
	const opensAt = (local: LocalUpstream, model: string | undefined): number | undefined => {
		if (model === undefined || local.modelsOpenAt.size === 0) return local.opensAt;
		const modelOpensAt = local.modelsOpenAt.get(model);
		if (modelOpensAt === undefined || local.opensAt === undefined) return modelOpensAt ?? local.opensAt;
		return Math.max(modelOpensAt, local.opensAt);
	};
	const learn = ({ upstream, probeInMs, models, generation, health }: SharedState) => {
		const local = locals.get(upstream);
		if (!local) return;
		if (generation !== local.generation) putBy(local);
		local.opensAt = probeInMs === undefined ? undefined : now() + probeInMs;
		local.modelsOpenAt =
			models.length === 0 ? noModels : new Map(models.map(({ model, probeInMs }) => [model, now() + probeInMs]));
		local.generation = generation;
		local.health = health;
	};
	for (const state of snapshot) learn(state);
	return {
		of(upstream, model) {
			const local = localOf(upstream);
			if (model === undefined || local.modelsOpenAt.size === 0) return local;
			const at = opensAt(local, breakerModel(model));
			if (at === local.opensAt) return local;
			const isOpen = at !== undefined && now() < at;
			const breaker = isOpen ? "open" : "half_open";
			return { breaker, health: local.health, probeAt: isOpen ? at : undefined, inFlight: local.inFlight };
		},
		enter(upstream, waitMs = 0, signal, entrance = noEntrance) {
			const local = localOf(upstream);
			const { model: named, isLastResort } = entrance;
			const model = named === undefined ? undefined : breakerModel(named);
			const at = isLastResort ? undefined : opensAt(local, model);
			if (at === undefined && local.settings.maxConcurrency === undefined) return pass(local, model);
			if (isEnded || signal?.aborted || (at !== undefined && now() < at)) return refused;
			return ask(local, waitMs, signal, model === named ? entrance : { ...entrance, model });
		},
		receive({ states = [], decided = [], others = {} }) {
			for (const state of states) learn(state);
			for (const [upstream, number] of Object.entries(others)) localOf(upstream).others = number;
			for (const { number, isAdmitted } of decided) {
				const found = waiting.get(number);
				// A request that was given up meanwhile was also cancelled, and the primary takes its permit back.
				found?.decide(isAdmitted ? admitted(found.local, number) : undefined);
			}
		},
		end() {
			isEnded = true;
			clearTimeout(later);
			for (const { decide } of waiting.values()) decide(undefined);
		},
		inFlight: () => Object.fromEntries([...locals].map(([name, { own }]) => [name, own])),
	};
}

/** For one process without workers: both halves, connected by direct calls. */
export function createLocalHealth(upstreams: readonly UpstreamSettings[], now: () => number = steadyNow): WorkerHealth {
	const shared = createSharedHealth(now);
	shared.adopt(upstreams);
	const member = shared.join(upstreams, (news) => health.receive(news));
	const health = createWorkerHealth(upstreams, member.snapshot(), {
		send: (report) => member.receive(report),
		soon: (flush) => flush(),
		now,
	});
	return health;
}

function localUpstream(settings: UpstreamSettings, now: () => number): LocalUpstream {
	return {
		settings,
		own: 0,
		others: 0,
		health: "unknown",
		opensAt: undefined,
		modelsOpenAt: noModels,
		generation: 0,
		tally: { ok: 0, failed: 0 },
		modelTallies: new Map(),
		earlier: [],
		reportedOwn: 0,
		get breaker() {
			if (this.opensAt === undefined) return "closed";
			return now() >= this.opensAt ? "half_open" : "open";
		},
		get isTroubled() {
			return this.opensAt !== undefined || this.modelsOpenAt.size > 0;
		},
		get probeAt() {
			return this.opensAt !== undefined && now() < this.opensAt ? this.opensAt : undefined;
		},
		get inFlight() {
			return this.own + this.others;
		},
	};
}

function tally(local: LocalUpstream, model: string | undefined, outcome: Outcome): void {
	const own = judgementOfUpstream(outcome, model);
	if (own !== "ignored") local.tally[own] += 1;
	const ofModel = judgementOfModel(outcome);
	if (model === undefined || ofModel === "ignored") return;
	const counts = local.modelTallies.get(model);
	if (counts !== undefined) counts[ofModel] += 1;
	else local.modelTallies.set(model, { ok: 0, failed: 0, [ofModel]: 1 });
}

/** A request that began before one breaker changed may still count for the others; the primary decides. */
function tallyEarlier(local: LocalUpstream, model: string | undefined, generation: number, outcome: Outcome): void {
	const upstream = local.settings.name;
	const own = judgementOfUpstream(outcome, model);
	if (own !== "ignored") local.earlier.push({ upstream, generation, ok: 0, failed: 0, [own]: 1 });
	const ofModel = judgementOfModel(outcome);
	if (model !== undefined && ofModel !== "ignored")
		local.earlier.push({ upstream, model, generation, ok: 0, failed: 0, [ofModel]: 1 });
}

/** Puts what has been counted aside as that of a generation. */
function putBy({ settings, generation, tally: own, modelTallies, earlier }: LocalUpstream): void {
	const upstream = settings.name;
	if (own.ok + own.failed > 0) earlier.push({ upstream, generation, ...own });
	own.ok = 0;
	own.failed = 0;
	if (modelTallies.size === 0) return;
	for (const [model, counts] of modelTallies) earlier.push({ upstream, model, generation, ...counts });
	modelTallies.clear();
}

/** Adds to a report what the primary does not know of an upstream yet. */
function gather(local: LocalUpstream, { outcomes, inFlight }: HealthReport, isGossiping: boolean): void {
	const { settings, own } = local;
	putBy(local);
	if (local.earlier.length > 0) outcomes.push(...local.earlier.splice(0));
	if (!isGossiping || own === local.reportedOwn) return;
	inFlight[settings.name] = own;
	local.reportedOwn = own;
}
