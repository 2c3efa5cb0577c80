/** A worker's half of metrics: counts, reports what is new to the primary, and asks it for the text over all workers. */
import { runAfterwards } from "../exchange/afterwards.js";
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import type { MetricsTopic, Sample, View } from "./messages.js";
import { createRecorder, type Recorder } from "./metricRecorder.js";
import { createPrimaryMetrics, type PrimaryMetrics } from "./primary.js";
import { createProcessMeter, type ProcessMeter } from "./processMeter.js";

/** How often a worker reports: if it is killed, what it has counted since the last report is lost. */
const reportMs = 1_000;

/** What a gateway needs of metrics. */
export interface Metrics {
	readonly recorder: Recorder;
	/** The text of a view, over all workers. @throws GatewayError 503 when the primary is gone */
	scrape(view: View): Promise<string>;
}

export interface WorkerMetrics extends Metrics, WorkerHalf<MetricsTopic> {
	/** Begins to report. @param sample returns the worker's state, when the primary asks */
	start(sample: () => Omit<Sample, "memory">): void;
}

export function createWorkerMetrics(primary: PrimaryPort<MetricsTopic>): WorkerMetrics {
	const recorder = createRecorder();
	let meter: ProcessMeter | undefined;
	let takeSample: (() => Omit<Sample, "memory">) | undefined;
	let timer: NodeJS.Timeout | undefined;
	let isEnded = false;
	/** @param number of the request that it answers */
	const report = (number?: number) => {
		runAfterwards();
		meter?.countCpu();
		const gathered =
			number !== undefined && takeSample && meter
				? { number, sample: { ...takeSample(), memory: meter.memory() } }
				: undefined;
		primary.send({ topic: "metrics", deltas: recorder.take(), ...(gathered === undefined ? {} : { gathered }) });
	};
	return {
		recorder,
		start(sample) {
			takeSample = sample;
			const started = createProcessMeter("worker", recorder);
			meter = started;
			report();
			timer = setInterval(() => {
				started.countLag();
				report();
			}, reportMs).unref();
		},
		receive: ({ number }) => report(number),
		scrape: (view) => primary.ask("scrape", view),
		flush() {
			if (!isEnded && meter !== undefined) report();
		},
		end() {
			isEnded = true;
			clearInterval(timer);
			meter?.stop();
		},
	};
}

/** For one process without workers: what it has counted itself, without the state of anything. */
export function createLocalMetrics(): Metrics {
	const recorder = createRecorder();
	let opened: PrimaryMetrics | undefined;
	const open = (): PrimaryMetrics => {
		const metrics = createPrimaryMetrics({
			upstreams: () => [],
			isRedisReachable: () => undefined,
			workers: () => ({}),
		});
		metrics.count(recorder.take());
		return metrics;
	};
	return {
		recorder,
		scrape(view) {
			runAfterwards();
			opened ??= open();
			return opened.scrape(view);
		},
	};
}
