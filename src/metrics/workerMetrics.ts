/** A worker's part: counts, tells the primary what is new, and asks it for the text of all workers. */

import { gatewayStopping } from "../errors/gatewayError.js";
import { runAfterwards } from "../exchange/afterwards.js";
import { type Collector, createCollector } from "./collector.js";
import type { GatherMessage, MetricsReport, Sample, ScrapedMessage, ScrapeMessage, View } from "./messages.js";
import { createRecorder, type Recorder } from "./metricRecorder.js";
import { createProcessMeter, type ProcessMeter } from "./processMeter.js";

/** What a worker that is killed has counted within this time is lost. */
const reportMs = 1_000;

/** What a gateway needs of it. */
export interface Metrics {
	readonly recorder: Recorder;
	/** The text of a view, over all workers. @throws GatewayError 503 when the primary is gone */
	scrape(view: View): Promise<string>;
}

export interface WorkerMetrics extends Metrics {
	/** Begins to report. @param sample says how things stand when the primary asks */
	start(sample: () => Omit<Sample, "memory">): void;
	receive(message: GatherMessage | ScrapedMessage): void;
	/** Tells what is new at once: to be called before the process ends. */
	flush(): void;
	/** The primary is gone: whoever waits for its text is refused. */
	end(): void;
}

interface Waiting {
	resolve(text: string): void;
	reject(reason: Error): void;
}

export function createWorkerMetrics(send: (message: MetricsReport | ScrapeMessage) => void): WorkerMetrics {
	const recorder = createRecorder();
	let meter: ProcessMeter | undefined;
	const waiting = new Map<number, Waiting>();
	let number = 0;
	let sampleNow: (() => Omit<Sample, "memory">) | undefined;
	let timer: NodeJS.Timeout | undefined;
	let isEnded = false;
	const report = (asked?: number) => {
		runAfterwards();
		meter?.countCpu();
		const answers =
			asked !== undefined && sampleNow && meter
				? { number: asked, sample: { ...sampleNow(), memory: meter.memory() } }
				: undefined;
		send({ type: "metrics", deltas: recorder.take(), ...(answers === undefined ? {} : { answers }) });
	};
	return {
		recorder,
		start(sample) {
			sampleNow = sample;
			const started = createProcessMeter("worker", recorder);
			meter = started;
			report();
			timer = setInterval(() => {
				started.countLag();
				report();
			}, reportMs).unref();
		},
		receive(message) {
			if (message.type === "gather") report(message.number);
			else {
				waiting.get(message.number)?.resolve(message.text);
				waiting.delete(message.number);
			}
		},
		scrape(view) {
			if (isEnded) return Promise.reject(gatewayStopping());
			return new Promise((resolve, reject) => {
				number += 1;
				waiting.set(number, { resolve, reject });
				send({ type: "scrape", number, view });
			});
		},
		flush() {
			if (!isEnded && meter !== undefined) report();
		},
		end() {
			isEnded = true;
			clearInterval(timer);
			meter?.stop();
			for (const { reject } of waiting.values()) reject(gatewayStopping());
			waiting.clear();
		},
	};
}

/** For one process without workers: what it has counted itself, and nothing of how things stand. */
export function createLocalMetrics(): Metrics {
	const recorder = createRecorder();
	let collector: Collector | undefined;
	const open = (): Collector => {
		const opened = createCollector({ upstreams: () => [], isRedisReachable: () => undefined, workers: () => ({}) });
		const seat = opened.join(() => {});
		seat.receive({ type: "metrics", deltas: recorder.take() });
		return opened;
	};
	return {
		recorder,
		scrape(view) {
			runAfterwards();
			collector ??= open();
			return collector.scrape(view);
		},
	};
}
