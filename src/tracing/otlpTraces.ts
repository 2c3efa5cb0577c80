/** Traces with OpenTelemetry's SDK, sent as OTLP over HTTP; its `OTEL_…` variables configure where, how and how many. */

import {
	type Context,
	defaultTextMapGetter,
	defaultTextMapSetter,
	ROOT_CONTEXT,
	type Span,
	SpanKind,
	SpanStatusCode,
	type Tracer,
	trace,
} from "@opentelemetry/api";
import { ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { messageOf } from "../errors/problem.js";
import type { Exchange } from "../exchange/exchange.js";
import { generativeOperation } from "../exchange/outcome.js";
import { sentModel } from "../settings/sentModel.js";
import type { Attempt } from "../upstream/attempt.js";
import { version } from "../version.js";
import {
	type Attributes,
	attemptAttributes,
	maxNameLength,
	requestAttributes,
	requestedModel,
	serverUseAttributes,
} from "./attributes.js";
import type { RequestTrace, Tracing } from "./requestTrace.js";

/** How long a worker waits for the collector when it ends. */
const closeMs = 2_000;

const propagator = new W3CTraceContextPropagator();

export interface TracingOptions {
	wantsContent: boolean;
	/** Called with the reason when traces can't be sent, and with undefined when they can be sent again. */
	report(failure: string | undefined): void;
}

export function createTracing({ wantsContent, report }: TracingOptions): Tracing {
	const resource = defaultResource()
		.merge(resourceFromAttributes({ "service.name": "llmgw", "service.version": version }))
		.merge(detectResources({ detectors: [envDetector] }));
	const provider = new BasicTracerProvider({
		resource,
		spanProcessors: [new BatchSpanProcessor(reportingOnce(new OTLPTraceExporter(), report))],
	});
	const tracer = provider.getTracer("llmgw", version);
	return {
		wantsContent,
		begin(exchange, headers) {
			const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
			return traceOf(exchange, tracer, parent);
		},
		async close() {
			const late = new Promise<void>((resolve) => setTimeout(resolve, closeMs).unref());
			await Promise.race([provider.shutdown().catch(() => {}), late]);
		},
	};
}

/** Wraps an exporter so that failures are reported once and never thrown. */
function reportingOnce(exporter: OTLPTraceExporter, report: TracingOptions["report"]): SpanExporter {
	let isFailing = false;
	return {
		export(spans, done) {
			exporter.export(spans, ({ code, error }) => {
				const hasFailed = code !== ExportResultCode.SUCCESS;
				if (hasFailed !== isFailing) report(hasFailed ? messageOf(error ?? "the collector refuses them") : undefined);
				isFailing = hasFailed;
				done({ code: ExportResultCode.SUCCESS });
			});
		},
		forceFlush: () => exporter.forceFlush(),
		shutdown: () => exporter.shutdown(),
	};
}

function traceOf(exchange: Exchange, tracer: Tracer, parent: Context): RequestTrace {
	let span: Span | undefined;
	let context = parent;
	const attempts: { attempt: Attempt; url: string; span: Span }[] = [];
	/** Starts the request's span, once its operation is known, since probes get none. */
	const spanOfRequest = (method: string): Span => {
		if (span !== undefined) return span;
		const { operation, receivedAt } = exchange;
		const name = operation === undefined ? method : `${operation.method} ${operation.path}`;
		const attributes = { "http.request.method": method };
		span = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime: receivedAt, attributes }, parent);
		context = trace.setSpan(parent, span);
		return span;
	};
	return {
		begin(attempt, url) {
			spanOfRequest(exchange.operation?.method ?? "");
			const name = [generativeOperation(exchange.operation), sentModel(attempt.target, requestedModel(exchange))];
			const started = tracer.startSpan(
				name.filter((part) => part !== undefined).join(" "),
				{ kind: SpanKind.CLIENT, startTime: timeOf(exchange, attempt.startedMs) },
				context,
			);
			attempts.push({ attempt, url, span: started });
			const headers: Record<string, string> = {};
			propagator.inject(trace.setSpan(context, started), headers, defaultTextMapSetter);
			return Object.entries(headers);
		},
		propagation() {
			spanOfRequest(exchange.operation?.method ?? "");
			const headers: Record<string, string> = {};
			propagator.inject(context, headers, defaultTextMapSetter);
			return Object.entries(headers);
		},
		serverUse(use) {
			spanOfRequest(exchange.operation?.method ?? "");
			const name = use.operation === "list" ? "tools/list" : `execute_tool ${use.tool?.slice(0, maxNameLength)}`;
			const startTime = timeOf(exchange, use.startedMs);
			const own = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime }, context);
			finish(own, serverUseAttributes(use), timeOf(exchange, use.endedMs));
		},
		end(ending, method, content) {
			if (exchange.operation?.asksPlugins === false) return;
			const request = spanOfRequest(method);
			for (const { attempt, url, span: own } of attempts) {
				finish(own, attemptAttributes(exchange, attempt, url), timeOf(exchange, attempt.wholeMs ?? ending.atMs));
			}
			finish(request, requestAttributes(exchange, ending, content), timeOf(exchange, ending.atMs));
		},
	};
}

function finish(span: Span, attributes: Attributes, time: number): void {
	for (const [name, value] of Object.entries(attributes)) if (value !== undefined) span.setAttribute(name, value);
	if (attributes["error.type"] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
	span.end(time);
}

/** Converts a time on the monotonic clock to milliseconds since the epoch. */
function timeOf({ receivedAt, receivedMs }: Exchange, ms: number): number {
	return receivedAt + (ms - receivedMs);
}
