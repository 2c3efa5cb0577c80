/** The primary's part: adds up what workers report, and writes it down for whoever asks any of them. */
import type { components } from "../generated/contract.js";
import type { UpstreamStatus } from "../upstream/health/primary.js";
import { version } from "../version.js";
import { expose, type GaugeValue, type GaugeValues } from "./exposition.js";
import type { GatherMessage, MemorySample, MetricsReport, Sample, View } from "./messages.js";
import { createRecorder } from "./metricRecorder.js";
import { createProcessMeter } from "./processMeter.js";
import { createRecent, type Recent, stepMs } from "./recent.js";
import { createSums, type Sums } from "./sums.js";

/** A worker that does not say in this time what is new to it is left out of the scrape, but not what it said before. */
const gatherTimeoutMs = 500;

/** How often the primary looks how late its own event loop has been. */
const lagMs = 1_000;

/** One worker's place. */
export interface MetricsSeat {
	receive(report: MetricsReport): void;
	/** The worker is no more. What it has counted stays. */
	leave(): void;
}

export interface Collector {
	/** @param tell sends the worker a message */
	join(tell: (message: GatherMessage) => void): MetricsSeat;
	/** A worker has ended without having been told to. */
	noteDeath(): void;
	/** Limits could not be counted for a request, since Redis is away. */
	noteAway(this: void, decision: "uncounted" | "unavailable"): void;
	/** The text of `GET /metrics`, with all that had been counted anywhere when it was asked for; or the overview of the last step. */
	scrape(view: View): Promise<string>;
	/** The same as numbers. */
	survey(): Promise<Survey>;
}

/** All that is known. */
export interface Survey {
	readonly sums: Sums;
	readonly gauges: GaugeValues;
}

/** What the primary knows besides. */
export interface Surveyed {
	upstreams(): readonly UpstreamStatus[];
	/** Those that the configuration names, by upstream. */
	models?(): ReadonlyMap<string, ReadonlySet<string>>;
	/** Nothing where there is no Redis. */
	isRedisReachable(): boolean | undefined;
	/** How many workers are in each state. */
	workers(): Readonly<Record<string, number>>;
}

interface Member {
	tell(message: GatherMessage): void;
	sample: Sample | undefined;
	/** It has said something, and so it listens. */
	isListening: boolean;
	/** The number of the last request that it has answered. */
	answered: number;
}

export function createCollector(surveyed: Surveyed, timeoutMs = gatherTimeoutMs): Collector {
	const sums = createSums();
	const recorder = createRecorder();
	const recent = createRecent();
	const meter = createProcessMeter("primary", recorder);
	setInterval(() => meter.countLag(), lagMs).unref();
	const members = new Set<Member>();
	let number = 0;
	let look = () => {};
	const gather = oneAtATime(
		() =>
			new Promise<void>((resolve) => {
				number += 1;
				const late = setTimeout(resolve, timeoutMs);
				look = () => {
					if ([...members].some((member) => member.isListening && member.answered < number)) return;
					clearTimeout(late);
					resolve();
				};
				for (const member of members) if (member.isListening) member.tell({ type: "gather", number });
				look();
			}),
	);
	const samples = () => [...members].flatMap(({ sample }) => (sample === undefined ? [] : [sample]));
	const endStep = async () => {
		// A step so has what ended in it, whenever workers report by themselves.
		await gather();
		recent.step(samples().reduce((sum, { requests }) => sum + requests, 0));
	};
	setInterval(() => void endStep(), stepMs).unref();
	const survey = async (): Promise<Survey> => {
		await gather();
		meter.countCpu();
		sums.receive(recorder.take());
		return { sums, gauges: gaugesOf(samples(), surveyed, meter.memory()) };
	};
	const surveyOnce = oneAtATime(survey);
	return {
		join(tell) {
			const member: Member = { tell, sample: undefined, isListening: false, answered: 0 };
			members.add(member);
			return {
				receive({ deltas, answers }) {
					member.isListening = true;
					sums.receive(deltas);
					recent.receive(deltas);
					if (answers === undefined) return;
					member.sample = answers.sample;
					member.answered = answers.number;
					look();
				},
				leave() {
					members.delete(member);
					look();
				},
			};
		},
		noteDeath: () => recorder.add("deaths", []),
		noteAway: (decision) => recorder.add("limits", ["redis", decision]),
		scrape: async (view) => {
			if (view === "overview") return overviewOf(recent, samples(), surveyed);
			const { sums, gauges } = await surveyOnce();
			return expose(sums, gauges);
		},
		survey: surveyOnce,
	};
}

/** Who asks while one is being made waits for the next, together with all who do: it may lack what they have just done. */
function oneAtATime<T>(make: () => Promise<T>): () => Promise<T> {
	let running: Promise<T> | undefined;
	let next: Promise<T> | undefined;
	const start = () => {
		next = undefined;
		running = make().finally(() => {
			running = undefined;
		});
		return running;
	};
	return () => {
		if (running === undefined) return next ?? start();
		next ??= running.then(start, start);
		return next;
	};
}

function gaugesOf(samples: readonly Sample[], surveyed: Surveyed, primary: MemorySample): GaugeValues {
	const upstreams = surveyed.upstreams();
	const isRedisReachable = surveyed.isRedisReachable();
	const total = (count: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + count(sample), 0);
	const single = (count: (sample: Sample) => number) => [{ labels: [], value: total(count) }];
	const memory = (of: (sample: MemorySample) => number) => [
		{ labels: ["primary"], value: of(primary) },
		{ labels: ["worker"], value: total((sample) => of(sample.memory)) },
	];
	const ofUpstreams = (values: (upstream: UpstreamStatus) => readonly GaugeValue[]) => upstreams.flatMap(values);
	const connections = (name: string, state: "busy" | "idle") => ({
		labels: [name, state],
		value: total((sample) => sample.upstreams[name]?.[state] ?? 0),
	});
	return {
		requestsInFlight: single(({ requests }) => requests),
		streamsInFlight: single(({ streams }) => streams),
		bodyBytes: single((sample) => sample.bodyBytes),
		clientConnections: single((sample) => sample.connections),
		upstreamInFlight: ofUpstreams(({ name }) => [
			{ labels: [name], value: total((sample) => sample.upstreams[name]?.inFlight ?? 0) },
		]),
		upstreamWaiting: ofUpstreams(({ name, waiting }) => [{ labels: [name], value: waiting }]),
		upstreamConnections: ofUpstreams(({ name }) => [connections(name, "busy"), connections(name, "idle")]),
		breaker: ofUpstreams(({ name, breaker }) => oneOf([name], breakerStates, breaker)),
		modelBreaker: ofUpstreams((upstream) => modelBreakers(upstream, surveyed.models?.().get(upstream.name))),
		health: ofUpstreams(({ name, health }) => oneOf([name], ["up", "down", "unknown"], health)),
		redis: isRedisReachable === undefined ? [] : [{ labels: [], value: isRedisReachable ? 1 : 0 }],
		workers: Object.entries(surveyed.workers()).map(([state, value]) => ({ labels: [state], value })),
		residentBytes: memory(({ residentBytes }) => residentBytes),
		heapBytes: memory(({ heapBytes }) => heapBytes),
		uptime: [
			{ labels: ["primary"], value: primary.uptimeSeconds },
			...(samples.length === 0
				? []
				: [{ labels: ["worker"], value: Math.min(...samples.map((sample) => sample.memory.uptimeSeconds)) }]),
		],
		build: [{ labels: [version, process.version], value: 1 }],
	};
}

function oneOf(labels: readonly string[], states: readonly string[], now: string): GaugeValue[] {
	return states.map((state) => ({ labels: [...labels, state], value: state === now ? 1 : 0 }));
}

const breakerStates = ["closed", "half_open", "open"] as const;

/** Clients may think up names of models: these are one series. */
function modelBreakers({ name, models }: UpstreamStatus, named: ReadonlySet<string> = new Set()): GaugeValue[] {
	const states = new Map(models.map(({ model, breaker }) => [model, breaker]));
	const others = models.filter(({ model }) => !named.has(model));
	return [
		...[...named].flatMap((model) => oneOf([name, model], breakerStates, states.get(model) ?? "closed")),
		...(["half_open", "open"] as const).map((state) => ({
			labels: [name, "other", state],
			value: others.filter(({ breaker }) => breaker === state).length,
		})),
	];
}

/** The JSON of `GET /v1/admin/overview`. */
function overviewOf(recent: Recent, samples: readonly Sample[], surveyed: Surveyed): string {
	const total = (count: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + count(sample), 0);
	const overview: components["schemas"]["Overview"] = {
		object: "gateway.overview",
		created_at: Date.now() / 1000,
		version,
		started_at: performance.timeOrigin / 1000,
		step_seconds: stepMs / 1000,
		workers: { starting: 0, ready: 0, draining: 0, ...surveyed.workers() },
		in_flight: {
			requests: total(({ requests }) => requests),
			streams: total(({ streams }) => streams),
			connections: total(({ connections }) => connections),
		},
		totals: recent.totals(),
		series: recent.series(),
		upstreams: surveyed.upstreams().map(({ name, url, health, breaker, models, waiting }) => ({
			name,
			url,
			health,
			breaker,
			models: models.map(({ model, breaker }) => ({ model, breaker })),
			waiting,
			in_flight: total(({ upstreams }) => upstreams[name]?.inFlight ?? 0),
			...recent.upstream(name),
		})),
	};
	return JSON.stringify(overview);
}
