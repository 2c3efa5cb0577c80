/** A worker's view of what the primary keeps about upstreams; on the way of every request, so that most cost it next to nothing. */
import type { UpstreamSettings } from "../../settings/routes.js";
import type { Ask, Outcomes, SharedState, UpstreamNews, UpstreamReport } from "./messages.js";
import { createBoard, gossipMs } from "./primary.js";
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

export interface StatesView extends UpstreamStates {
	/** To be called with each message of the primary. */
	receive(news: UpstreamNews): void;
	/** The primary is gone: who waits for it is refused, as is who would have to ask it. */
	end(): void;
	/** This worker's requests under way, by upstream. */
	inFlight(): Record<string, number>;
}

export interface Link {
	send(report: UpstreamReport): void;
	/** Runs soon what sends all that gathers until then; by default at the end of the turn. */
	soon?(flush: () => void): void;
	/** Milliseconds since the epoch that never go back. */
	now?(): number;
}

/** One upstream, as this worker knows it. */
interface View extends UpstreamState {
	readonly settings: UpstreamSettings;
	own: number;
	others: number;
	health: Health;
	/** When an open breaker admits a probe. */
	opensAt: number | undefined;
	/** The same of each model whose breaker is not closed. */
	modelsOpenAt: ReadonlyMap<string, number>;
	/** A breaker is not closed. */
	readonly isTroubled: boolean;
	generation: number;
	/** Outcomes of this generation that the primary has not been told of: of the upstream, and of its models. */
	tally: Tally;
	readonly modelTallies: Map<string, Tally>;
	/** Those of generations before. */
	earlier: Outcomes[];
	/** What the primary was last told to be under way. */
	toldOwn: number;
}

interface Tally {
	ok: number;
	failed: number;
}

interface Waiting {
	view: View;
	decide(permit: Permit | undefined): void;
}

const noEntrance: Entrance = {};
const noModels: ReadonlyMap<string, number> = new Map();
/** Of models, before the primary is told at once. */
const maxTallies = 256;

const refused: Promise<undefined> = Promise.resolve(undefined);

/** @param snapshot what the primary knew when this worker started */
export function createStatesView(
	upstreams: readonly UpstreamSettings[],
	snapshot: readonly SharedState[],
	{ send, soon = setImmediate, now = steadyNow }: Link,
): StatesView {
	const views = new Map(upstreams.map((settings) => [settings.name, createView(settings, now)]));
	const waiting = new Map<number, Waiting>();
	const isGossiping = views.size > 1;
	let next = 0;
	let asks: Ask[] = [];
	let left: UpstreamReport["left"] = [];
	let judged: UpstreamReport["judged"] = [];
	let cancelled: number[] = [];
	let isSoon = false;
	let later: NodeJS.Timeout | undefined;
	let isEnded = false;

	const viewOf = (name: string): View => {
		const view = views.get(name);
		if (!view) throw new Error(`there is no upstream ${name}`);
		return view;
	};
	const flush = () => {
		isSoon = false;
		clearTimeout(later);
		later = undefined;
		const report: UpstreamReport = { type: "upstreams", outcomes: [], left, judged, cancelled, asks, inFlight: {} };
		asks = [];
		left = [];
		judged = [];
		cancelled = [];
		for (const view of views.values()) gather(view, report, isGossiping);
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
	const count = (view: View, change: 1 | -1) => {
		view.own += change;
		if (isGossiping) flushLater();
	};
	const note = (view: View, model: string | undefined, generation: number, outcome: Outcome) => {
		if (outcome === "ignored" || !view.settings.breaker) return;
		if (generation === view.generation) tally(view, model, outcome);
		else tallyEarlier(view, model, generation, outcome);
		// What may open or close a breaker, the primary is told at once.
		const isUrgent = outcome === "failed" || outcome === "unreachable" || view.isTroubled;
		if (isUrgent || view.modelTallies.size >= maxTallies) flushSoon();
		else flushLater();
	};
	/** A request that doesn't need the primary's permission. */
	const pass = (view: View, model: string | undefined): Permit => {
		const { generation } = view;
		let isOver = false;
		count(view, 1);
		return {
			leave(outcome) {
				if (isOver) return;
				isOver = true;
				count(view, -1);
				if (outcome !== "undecided") note(view, model, generation, outcome);
			},
			judge: (outcome) => note(view, model, generation, outcome),
		};
	};
	const admitted = (view: View, number: number): Permit => {
		let isOver = false;
		count(view, 1);
		return {
			leave(outcome) {
				if (isOver) return;
				isOver = true;
				count(view, -1);
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
	const ask = (view: View, waitMs: number, signal: AbortSignal | undefined, entrance: Entrance) =>
		new Promise<Permit | undefined>((resolve) => {
			const number = next++;
			const giveUp = () => cancel(number);
			waiting.set(number, {
				view,
				decide(permit) {
					waiting.delete(number);
					signal?.removeEventListener("abort", giveUp);
					resolve(permit);
				},
			});
			signal?.addEventListener("abort", giveUp, { once: true });
			const { model, isLastResort = false } = entrance;
			asks.push({ number, upstream: view.settings.name, model, isLastResort, waitMs });
			flushSoon();
		});
	/** When the breaker in its way admits a probe, if there is one. */
	const opensAt = (view: View, model: string | undefined): number | undefined => {
		if (model === undefined || view.modelsOpenAt.size === 0) return view.opensAt;
		const modelOpensAt = view.modelsOpenAt.get(model);
		if (modelOpensAt === undefined || view.opensAt === undefined) return modelOpensAt ?? view.opensAt;
		return Math.max(modelOpensAt, view.opensAt);
	};
	const learn = ({ upstream, probeInMs, models, generation, health }: SharedState) => {
		const view = views.get(upstream);
		if (!view) return;
		if (generation !== view.generation) putBy(view);
		view.opensAt = probeInMs === undefined ? undefined : now() + probeInMs;
		view.modelsOpenAt =
			models.length === 0 ? noModels : new Map(models.map(({ model, probeInMs }) => [model, now() + probeInMs]));
		view.generation = generation;
		view.health = health;
	};
	for (const state of snapshot) learn(state);
	return {
		of(upstream, asked) {
			const view = viewOf(upstream);
			if (asked === undefined || view.modelsOpenAt.size === 0) return view;
			const at = opensAt(view, breakerModel(asked));
			if (at === view.opensAt) return view;
			const isOpen = at !== undefined && now() < at;
			const breaker = isOpen ? "open" : "half_open";
			return { breaker, health: view.health, probeAt: isOpen ? at : undefined, inFlight: view.inFlight };
		},
		enter(upstream, waitMs = 0, signal, entrance = noEntrance) {
			const view = viewOf(upstream);
			const { model: asked, isLastResort } = entrance;
			const model = asked === undefined ? undefined : breakerModel(asked);
			const at = isLastResort ? undefined : opensAt(view, model);
			if (at === undefined && view.settings.maxConcurrency === undefined) return pass(view, model);
			if (isEnded || signal?.aborted || (at !== undefined && now() < at)) return refused;
			return ask(view, waitMs, signal, model === asked ? entrance : { ...entrance, model });
		},
		receive({ states = [], decided = [], others = {} }) {
			for (const state of states) learn(state);
			for (const [upstream, number] of Object.entries(others)) viewOf(upstream).others = number;
			for (const { number, isAdmitted } of decided) {
				const asked = waiting.get(number);
				// Who gave up meanwhile has said so, and the primary takes the permit back.
				asked?.decide(isAdmitted ? admitted(asked.view, number) : undefined);
			}
		},
		end() {
			isEnded = true;
			clearTimeout(later);
			for (const { decide } of waiting.values()) decide(undefined);
		},
		inFlight: () => Object.fromEntries([...views].map(([name, { own }]) => [name, own])),
	};
}

/** For one process without workers: the same, behind direct calls. */
export function createLocalStates(upstreams: readonly UpstreamSettings[], now: () => number = steadyNow): StatesView {
	const board = createBoard(now);
	board.adopt(upstreams);
	const seat = board.join(upstreams, (news) => view.receive(news));
	const view = createStatesView(upstreams, seat.snapshot(), {
		send: (report) => seat.receive(report),
		soon: (flush) => flush(),
		now,
	});
	return view;
}

function createView(settings: UpstreamSettings, now: () => number): View {
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
		toldOwn: 0,
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

function tally(view: View, model: string | undefined, outcome: Outcome): void {
	const own = judgementOfUpstream(outcome, model);
	if (own !== "ignored") view.tally[own] += 1;
	const ofModel = judgementOfModel(outcome);
	if (model === undefined || ofModel === "ignored") return;
	const known = view.modelTallies.get(model);
	if (known !== undefined) known[ofModel] += 1;
	else view.modelTallies.set(model, { ok: 0, failed: 0, [ofModel]: 1 });
}

/** What began before a breaker opened or closed may still say something about the others: the primary knows. */
function tallyEarlier(view: View, model: string | undefined, generation: number, outcome: Outcome): void {
	const upstream = view.settings.name;
	const own = judgementOfUpstream(outcome, model);
	if (own !== "ignored") view.earlier.push({ upstream, generation, ok: 0, failed: 0, [own]: 1 });
	const ofModel = judgementOfModel(outcome);
	if (model !== undefined && ofModel !== "ignored")
		view.earlier.push({ upstream, model, generation, ok: 0, failed: 0, [ofModel]: 1 });
}

/** Puts what has been counted aside as that of a generation. */
function putBy({ settings, generation, tally: own, modelTallies, earlier }: View): void {
	const upstream = settings.name;
	if (own.ok + own.failed > 0) earlier.push({ upstream, generation, ...own });
	own.ok = 0;
	own.failed = 0;
	if (modelTallies.size === 0) return;
	for (const [model, counts] of modelTallies) earlier.push({ upstream, model, generation, ...counts });
	modelTallies.clear();
}

/** Puts into a report what the primary has not been told of an upstream. */
function gather(view: View, { outcomes, inFlight }: UpstreamReport, isGossiping: boolean): void {
	const { settings, own } = view;
	putBy(view);
	if (view.earlier.length > 0) outcomes.push(...view.earlier.splice(0));
	if (!isGossiping || own === view.toldOwn) return;
	inFlight[settings.name] = own;
	view.toldOwn = own;
}
