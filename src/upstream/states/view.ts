/** A worker's view of what the primary keeps about AI hosts; on the way of every request, so that most cost it next to nothing. */
import type { UpstreamSettings } from "../../contract/routes.js";
import { createBoard, gossipMs } from "./board.js";
import type { Ask, SharedState, UpstreamNews, UpstreamReport } from "./messages.js";
import { type Health, type Permit, steadyNow, type UpstreamState, type UpstreamStates } from "./states.js";

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
	generation: number;
	/** Outcomes that the primary has not been told of. */
	ok: number;
	failed: number;
	/** What the primary was last told to be under way. */
	toldOwn: number;
}

interface Waiting {
	view: View;
	decide(permit: Permit | undefined): void;
}

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
		const report: UpstreamReport = { type: "upstreams", outcomes: [], left, cancelled, asks, inFlight: {} };
		asks = [];
		left = [];
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
	/** A request that needs no leave of the primary. */
	const pass = (view: View): Permit => {
		const { generation } = view;
		let isOver = false;
		count(view, 1);
		return {
			leave(outcome) {
				if (isOver) return;
				isOver = true;
				count(view, -1);
				if (outcome === "ignored" || !view.settings.breaker || generation !== view.generation) return;
				view[outcome] += 1;
				if (outcome === "failed") flushSoon();
				else flushLater();
			},
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
		};
	};
	const cancel = (number: number) => {
		waiting.get(number)?.decide(undefined);
		const unsent = asks.findIndex((ask) => ask.number === number);
		if (unsent >= 0) asks.splice(unsent, 1);
		else cancelled.push(number);
		flushSoon();
	};
	const ask = (view: View, waitMs: number, signal: AbortSignal | undefined) =>
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
			asks.push({ number, upstream: view.settings.name, waitMs });
			flushSoon();
		});
	const learn = ({ upstream, probeInMs, generation, health }: SharedState) => {
		const view = views.get(upstream);
		if (!view) return;
		// What began before the breaker opened or closed says nothing about it now.
		if (generation !== view.generation) {
			view.ok = 0;
			view.failed = 0;
		}
		view.opensAt = probeInMs === undefined ? undefined : now() + probeInMs;
		view.generation = generation;
		view.health = health;
	};
	for (const state of snapshot) learn(state);
	return {
		of: viewOf,
		enter(upstream, waitMs = 0, signal) {
			const view = viewOf(upstream);
			if (view.opensAt === undefined && view.settings.maxConcurrency === undefined) return pass(view);
			if (isEnded || signal?.aborted || view.breaker === "open") return refused;
			return ask(view, waitMs, signal);
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
		generation: 0,
		ok: 0,
		failed: 0,
		toldOwn: 0,
		get breaker() {
			if (this.opensAt === undefined) return "closed";
			return now() >= this.opensAt ? "half_open" : "open";
		},
		get probeAt() {
			return this.opensAt !== undefined && now() < this.opensAt ? this.opensAt : undefined;
		},
		get inFlight() {
			return this.own + this.others;
		},
	};
}

/** Puts into a report what the primary has not been told of an upstream. */
function gather(view: View, { outcomes, inFlight }: UpstreamReport, isGossiping: boolean): void {
	const { settings, generation, ok, failed, own } = view;
	if (ok + failed > 0) outcomes.push({ upstream: settings.name, generation, ok, failed });
	view.ok = 0;
	view.failed = 0;
	if (!isGossiping || own === view.toldOwn) return;
	inFlight[settings.name] = own;
	view.toldOwn = own;
}
