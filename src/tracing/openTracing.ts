/** Opens tracing if it is configured, so that OpenTelemetry is loaded only then. */
import type { Tracing } from "./requestTrace.js";

/** Whether the environment names a collector: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export function isTracingConfigured(environment: NodeJS.ProcessEnv): boolean {
	const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = environment;
	if (environment.OTEL_SDK_DISABLED === "true" || environment.OTEL_TRACES_EXPORTER === "none") return false;
	return (all ?? "") !== "" || (traces ?? "") !== "";
}

/**
 * Loads OpenTelemetry if the environment names a collector.
 *
 * @param report called with the reason when traces can't be sent, and with undefined when they can be sent again
 * @returns undefined without a collector
 */
export async function openTracing(
	environment: NodeJS.ProcessEnv,
	report: (failure: string | undefined) => void,
): Promise<Tracing | undefined> {
	if (!isTracingConfigured(environment)) return undefined;
	const { createTracing } = await import("./otlpTraces.js");
	const wantsContent = environment.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT?.toLowerCase() === "true";
	return createTracing({ wantsContent, report });
}
