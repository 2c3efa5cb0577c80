/** Metrics by OpenTelemetry's SDK, sent as OTLP over HTTP: the primary's sums, as they are. */
import { type HrTime, ValueType } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
	AggregationTemporality,
	DataPointType,
	MeterProvider,
	type MetricData,
	PeriodicExportingMetricReader,
	type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import { messageOf } from "../errors/problem.js";
import { version } from "../version.js";
import {
	type CounterName,
	counters,
	type Family,
	type GaugeName,
	gauges,
	type HistogramFamily,
	type HistogramName,
	histograms,
} from "./families.js";
import type { MetricsExport } from "./metricsExport.js";
import { openTelemetryAttribute, openTelemetryName } from "./openTelemetryNames.js";
import type { Survey } from "./primary.js";

/** How long the end of the gateway waits for the collector. */
const closeMs = 2_000;

export interface ExportOptions {
	survey(): Promise<Survey>;
	complain(line: string): void;
	intervalMs: number;
	timeoutMs: number;
}

interface Span {
	readonly startTime: HrTime;
	readonly endTime: HrTime;
}

export function createExport({ survey, complain, intervalMs, timeoutMs }: ExportOptions): MetricsExport {
	const resource = defaultResource()
		.merge(resourceFromAttributes({ "service.name": "llmgw", "service.version": version }))
		.merge(detectResources({ detectors: [envDetector] }));
	const startTime = hrTime(Date.now());
	const scope = { name: "llmgw", version };
	const reader = new PeriodicExportingMetricReader({
		exporter: quietly(new OTLPMetricExporter(), complain),
		exportIntervalMillis: intervalMs,
		exportTimeoutMillis: Math.min(timeoutMs, intervalMs),
		metricProducers: [
			{
				async collect() {
					const metrics = metricsOf(await survey(), { startTime, endTime: hrTime(Date.now()) });
					return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
				},
			},
		],
	});
	const provider = new MeterProvider({ resource, readers: [reader] });
	return {
		async close() {
			const late = new Promise<void>((resolve) => setTimeout(resolve, closeMs).unref());
			await Promise.race([provider.shutdown().catch(() => {}), late]);
		},
	};
}

/** A collector that can't be reached is complained of once, until it is there again. */
function quietly(exporter: OTLPMetricExporter, complain: (line: string) => void): PushMetricExporter {
	let isFailing = false;
	return {
		export(metrics, done) {
			exporter.export(metrics, ({ code, error }) => {
				const hasFailed = code !== ExportResultCode.SUCCESS;
				if (hasFailed && !isFailing)
					complain(`metrics can't be sent: ${messageOf(error ?? "the collector refuses them")}`);
				isFailing = hasFailed;
				done({ code: ExportResultCode.SUCCESS });
			});
		},
		forceFlush: () => exporter.forceFlush(),
		shutdown: () => exporter.shutdown(),
		selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
	};
}

/** Those that there is something to say of. */
function metricsOf({ sums, gauges: now }: Survey, span: Span): MetricData[] {
	const all = [
		...Object.entries(counters).map(([name, family]): MetricData => {
			const points = [...sums.of(name as CounterName)];
			return {
				...described(family),
				dataPointType: DataPointType.SUM,
				isMonotonic: true,
				dataPoints: points.map(({ labels, values }) => point(family, span, labels, values[0] as number)),
			};
		}),
		...Object.entries(histograms).map(([name, family]): MetricData => {
			const points = [...sums.of(name as HistogramName)];
			return {
				...described(family),
				dataPointType: DataPointType.HISTOGRAM,
				dataPoints: points.map(({ labels, values }) => point(family, span, labels, histogram(family, values))),
			};
		}),
		...Object.entries(gauges).map(([name, family]): MetricData => {
			const points = now[name as GaugeName];
			return {
				...described(family),
				dataPointType: DataPointType.GAUGE,
				dataPoints: points.map(({ labels, value }) => point(family, span, labels, value)),
			};
		}),
	];
	return all.filter(({ dataPoints }) => dataPoints.length > 0);
}

function described({ name, help }: Family) {
	return {
		descriptor: { ...openTelemetryName(name), description: help, valueType: ValueType.DOUBLE },
		aggregationTemporality: AggregationTemporality.CUMULATIVE,
	};
}

function point<Value>({ labels: names }: Family, span: Span, labels: readonly string[], value: Value) {
	const pairs = names.map((name, at) => [openTelemetryAttribute(name), labels[at] ?? ""]);
	return { ...span, attributes: Object.fromEntries(pairs), value };
}

/** As `Delta` has it: each bucket's count, then the sum. */
function histogram({ buckets }: HistogramFamily, values: readonly number[]) {
	const counts = values.slice(0, buckets.length + 1);
	return {
		buckets: { boundaries: [...buckets], counts },
		sum: values[buckets.length + 1] as number,
		count: counts.reduce((sum, count) => sum + count, 0),
	};
}

function hrTime(ms: number): HrTime {
	return [Math.floor(ms / 1000), (ms % 1000) * 1e6];
}
