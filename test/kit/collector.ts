/** A collector for OpenTelemetry's traces and metrics, as OTLP over HTTP in JSON. */
import { onTestFinished, vi } from "vitest";
import { startAiHost } from "./aiHost.js";

export interface ReceivedSpan {
	traceId: string;
	spanId: string;
	parentSpanId: string | undefined;
	name: string;
	/** 2 is SERVER, 3 is CLIENT. */
	kind: number;
	startMs: number;
	endMs: number;
	attributes: Record<string, unknown>;
	/** 2 is an error. */
	status: number;
	service: unknown;
}

interface AnyValue {
	stringValue?: string;
	intValue?: number | string;
	doubleValue?: number;
	boolValue?: boolean;
}

interface KeyValue {
	key: string;
	value: AnyValue;
}

interface TraceRequest {
	resourceSpans: {
		resource: { attributes: KeyValue[] };
		scopeSpans: {
			spans: {
				traceId: string;
				spanId: string;
				parentSpanId?: string;
				name: string;
				kind: number;
				startTimeUnixNano: string;
				endTimeUnixNano: string;
				attributes: KeyValue[];
				status: { code?: number };
			}[];
		}[];
	}[];
}

/** The latest report of a metric's series. */
export interface ReceivedMetric {
	name: string;
	unit: string;
	kind: "sum" | "gauge" | "histogram";
	attributes: Record<string, unknown>;
	/** The count of a histogram. */
	value: number;
	/** The buckets of a histogram. */
	sum: number | undefined;
	/** 2 is cumulative. */
	temporality: number | undefined;
	service: unknown;
}

interface Point {
	attributes: KeyValue[];
	asDouble?: number;
	count?: number;
	sum?: number;
}

interface MetricsRequest {
	resourceMetrics: {
		resource: { attributes: KeyValue[] };
		scopeMetrics: {
			metrics: ({ name: string; unit: string } & Partial<
				Record<ReceivedMetric["kind"], { dataPoints: Point[]; aggregationTemporality?: number }>
			>)[];
		}[];
	}[];
}

/** Starts a collector on a free loopback port. @param whenDone gets what closes it; by default that happens when the test ends */
export async function startCollector(whenDone: (close: () => Promise<void>) => void = onTestFinished) {
	const spans: ReceivedSpan[] = [];
	let metrics: ReceivedMetric[] = [];
	const host = await startAiHost((request, response) => {
		if (request.url === "/v1/traces") spans.push(...read(JSON.parse(request.body.toString())));
		if (request.url === "/v1/metrics") metrics = readMetrics(JSON.parse(request.body.toString()));
		response.setHeader("content-type", "application/json").end("{}");
	});
	whenDone(() => host.close());
	return {
		url: host.url.replace(/\/v1$/, ""),
		spans,
		/** The series of the latest report. */
		metrics: () => metrics,
		/** Waits until this many spans have come. */
		async received(count: number): Promise<ReceivedSpan[]> {
			await vi.waitFor(() => {
				if (spans.length < count) throw new Error(`${spans.length} of ${count} spans have come`);
			}, 10_000);
			return spans;
		},
	};
}

function readMetrics({ resourceMetrics }: MetricsRequest): ReceivedMetric[] {
	return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
		scopeMetrics.flatMap(({ metrics }) =>
			metrics.flatMap((metric) => {
				const kind = (["sum", "gauge", "histogram"] as const).find((each) => metric[each] !== undefined) ?? "gauge";
				const { dataPoints = [], aggregationTemporality } = metric[kind] ?? {};
				return dataPoints.map(({ attributes, asDouble, count, sum }) => ({
					...{ name: metric.name, unit: metric.unit, kind, sum, temporality: aggregationTemporality },
					attributes: recordOf(attributes),
					value: Number(count ?? asDouble),
					service: recordOf(resource.attributes)["service.name"],
				}));
			}),
		),
	);
}

function read({ resourceSpans }: TraceRequest): ReceivedSpan[] {
	return resourceSpans.flatMap(({ resource, scopeSpans }) =>
		scopeSpans.flatMap(({ spans }) =>
			spans.map((span) => ({
				traceId: span.traceId,
				spanId: span.spanId,
				parentSpanId: span.parentSpanId,
				name: span.name,
				kind: span.kind,
				startMs: Number(span.startTimeUnixNano) / 1e6,
				endMs: Number(span.endTimeUnixNano) / 1e6,
				attributes: recordOf(span.attributes),
				status: span.status.code ?? 0,
				service: recordOf(resource.attributes)["service.name"],
			})),
		),
	);
}

function recordOf(pairs: KeyValue[]): Record<string, unknown> {
	return Object.fromEntries(pairs.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: object): unknown {
	const [first] = Object.values(value) as [unknown];
	const { values } = (first ?? {}) as { values?: object[] };
	return values?.map(plainValue) ?? first;
}
