/** Decides whether metrics are sent to a collector. The library that sends them is loaded only then. */

import type { MetricsExport } from "./metricsExport.js";
import type { Survey } from "./primary.js";

/** Whether the environment names a collector: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export function isExportWanted(environment: NodeJS.ProcessEnv): boolean {
	const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: metrics } = environment;
	if (environment.OTEL_SDK_DISABLED === "true" || environment.OTEL_METRICS_EXPORTER === "none") return false;
	return (all ?? "") !== "" || (metrics ?? "") !== "";
}

/** @returns undefined if the environment names no collector: then OpenTelemetry is not even loaded */
export async function openExport(
	environment: NodeJS.ProcessEnv,
	survey: () => Promise<Survey>,
	complain: (line: string) => void,
): Promise<MetricsExport | undefined> {
	if (!isExportWanted(environment)) return undefined;
	const { createExport } = await import("./otlpMetrics.js");
	return createExport({
		survey,
		complain,
		intervalMs: positive(environment.OTEL_METRIC_EXPORT_INTERVAL) ?? 60_000,
		timeoutMs: positive(environment.OTEL_METRIC_EXPORT_TIMEOUT) ?? 30_000,
	});
}

/** Anything but a positive number counts as missing, as the specification demands. */
function positive(text: string | undefined): number | undefined {
	const number = Number(text);
	return Number.isSafeInteger(number) && number > 0 ? Math.min(number, 0x7fffffff) : undefined;
}
