/** The primary's half of metrics: adds up what workers report, and renders the sums for whoever asks any worker. */
import type { components } from "../generated/contract.js";
import type { PrimaryHalf } from "../process/channel/topic.js";
import type { ShelfTotals } from "../store/cacheTypes.js";
import type { UpstreamStatus } from "../upstream/health/sharedHealth.js";
import { namedModels } from "../upstream/routing/namedModels.js";
import { version } from "../version.js";
import { expose, type GaugeValue, type GaugeValues } from "./exposition.js";
import type { GatherRequest, MemorySample, MetricsTopic, Sample, View } from "./messages.js";
import { createRecorder, type Delta } from "./metricRecorder.js";
import { createProcessMeter } from "./processMeter.js";
import { createRecent, type Recent, stepMs } from "./recent.js";
import { createSums, type Sums } from "./sums.js";

/** A worker that does not report within this time is left out of the scrape, except for what it reported before. */
const gatherTimeoutMs = 500;

/** How often the primary measures how late its own event loop is. */
const lagMs = 1_000;

export interface PrimaryMetrics extends PrimaryHalf<MetricsTopic> {
	/** Adds what a process has counted. */
	count(deltas: readonly Delta[]): void;
	/** A worker has ended on its own. */
	noteDeath(): void;
	/** Limits could not be counted for a request, since Redis can't be reached. */
	noteAway(this: void, decision: "uncounted" | "unavailable"): void;
	/** The text of `GET /metrics`, with everything that any process had counted before the call; or the overview of the last step. */
	scrape(view: View): Promise<string>;
	/** The same as numbers. */
	survey(): Promise<Survey>;
}

export interface Survey {
	readonly sums: Sums;
	readonly gauges: GaugeValues;
}

/** What else the primary knows. */
export interface Surveyed {
	upstreams(): readonly UpstreamStatus[];
	/** Undefined without Redis. */
	isRedisReachable(): boolean | undefined;
	/** Cached answers in memory; undefined where nobody keeps any. */
	cache?(): ShelfTotals;
	/** How many workers are in each state. */
	workers(): Readonly<Record<string, number>>;
}

interface Member {
	send(message: GatherRequest): void;
	sample: Sample | undefined;
	/** It reports, and so it answers requests for reports. */
	isReporting: boolean;
	/** The number of the last request that it has answered. */
	answered: number;
}

export function createPrimaryMetrics(surveyed: Surveyed, timeoutMs = gatherTimeoutMs): PrimaryMetrics {
	const sums = createSums();
	const recorder = createRecorder();
	const recent = createRecent();
	const meter = createProcessMeter("primary", recorder);
	setInterval(() => meter.countLag(), lagMs).unref();
	const members = new Set<Member>();
	/** Models that the settings in force name, by upstream. */
	let named: ReadonlyMap<string, ReadonlySet<string>> = new Map();
	let number = 0;
	let settleIfComplete = () => {};
	const gather = oneAtATime(
		() =>
			new Promise<void>((resolve) => {
				number += 1;
				const late = setTimeout(resolve, timeoutMs);
				settleIfComplete = () => {
					if ([...members].some((member) => member.isReporting && member.answered < number)) return;
					clearTimeout(late);
					resolve();
				};
				for (const member of members) if (member.isReporting) member.send({ topic: "metrics", number });
				settleIfComplete();
			}),
	);
	const samples = () => [...members].flatMap(({ sample }) => (sample === undefined ? [] : [sample]));
	const endStep = async () => {
		// So that a step has everything that ended in it, whenever workers report by themselves.
		await gather();
		recent.step(samples().reduce((sum, { requests }) => sum + requests, 0));
	};
	setInterval(() => void endStep(), stepMs).unref();
	const survey = async (): Promise<Survey> => {
		await gather();
		meter.countCpu();
		sums.receive(recorder.take());
		return { sums, gauges: gaugesOf(samples(), { ...surveyed, named }, meter.memory()) };
	};
	const surveyOnce = oneAtATime(survey);
	const count = (deltas: readonly Delta[]) => {
		sums.receive(deltas);
		recent.receive(deltas);
	};
	const scrape = async (view: View): Promise<string> => {
		if (view === "overview") return overviewOf(recent, samples(), surveyed);
		const { sums, gauges } = await surveyOnce();
		return expose(sums, gauges);
	};
	return {
		topic: "metrics",
		// What a worker counted just before it died counts.
		receivesAfterLeave: true,
		join({ send }) {
			const member: Member = { send, sample: undefined, isReporting: false, answered: 0 };
			members.add(member);
			return {
				answers: { scrape },
				receive({ deltas, gathered }) {
					member.isReporting = true;
					count(deltas);
					if (gathered === undefined) return;
					member.sample = gathered.sample;
					member.answered = gathered.number;
					settleIfComplete();
				},
				leave() {
					members.delete(member);
					settleIfComplete();
				},
			};
		},
		count,
		noteDeath: () => recorder.add("deaths", []),
		noteAway: (decision) => recorder.add("limits", ["redis", decision]),
		adopt: ({ routing }) => {
			named = namedModels(routing);
		},
		scrape,
		survey: surveyOnce,
	};
}

/** Whoever asks while one is being made waits for the next one: the first may lack what they have just done. */
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

interface Known extends Surveyed {
	readonly named: ReadonlyMap<string, ReadonlySet<string>>;
}

function gaugesOf(samples: readonly Sample[], surveyed: Known, primary: MemorySample): GaugeValues {
	const upstreams = surveyed.upstreams();
	const isRedisReachable = surveyed.isRedisReachable();
	const held = surveyed.cache?.();
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
		bodiesWaiting: single((sample) => sample.bodiesWaiting),
		clientConnections: single((sample) => sample.connections),
		websockets: single((sample) => sample.websockets),
		realtimeSessions: single((sample) => sample.sessions),
		upstreamInFlight: ofUpstreams(({ name }) => [
			{ labels: [name], value: total((sample) => sample.upstreams[name]?.inFlight ?? 0) },
		]),
		upstreamWaiting: ofUpstreams(({ name, waiting }) => [{ labels: [name], value: waiting }]),
		upstreamConnections: ofUpstreams(({ name }) => [connections(name, "busy"), connections(name, "idle")]),
		breaker: ofUpstreams(({ name, breaker }) => oneOf([name], breakerStates, breaker)),
		modelBreaker: ofUpstreams((upstream) => modelBreakers(upstream, surveyed.named.get(upstream.name))),
		health: ofUpstreams(({ name, health }) => oneOf([name], ["up", "down", "unknown"], health)),
		cacheBytes: held === undefined ? [] : [{ labels: [], value: held.bytes }],
		cacheEntries: held === undefined ? [] : [{ labels: [], value: held.entries }],
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

/** Clients may invent names of models: all models that the settings do not name are one series. */
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
