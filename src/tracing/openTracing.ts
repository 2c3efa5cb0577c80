/** What traces are to the rest of the gateway, without a word of the library that makes them. */
import type { Tracing } from "./requestTrace.js";

/** Whether the environment names a collector: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export function isTracingWanted(environment: NodeJS.ProcessEnv): boolean {
	const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = environment;
	if (environment.OTEL_SDK_DISABLED === "true" || environment.OTEL_TRACES_EXPORTER === "none") return false;
	return (all ?? "") !== "" || (traces ?? "") !== "";
}

/**
 * Nothing of OpenTelemetry is loaded where nobody wants its traces.
 *
 * @param report told why traces can't be sent, and with nothing when they can be again
 */
export async function openTracing(
	environment: NodeJS.ProcessEnv,
	report: (failure: string | undefined) => void,
): Promise<Tracing | undefined> {
	if (!isTracingWanted(environment)) return undefined;
	const { createTracing } = await import("./otlpTraces.js");
	const wantsContent = environment.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT?.toLowerCase() === "true";
	return createTracing({ wantsContent, report });
}
