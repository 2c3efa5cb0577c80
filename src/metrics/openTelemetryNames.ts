/** What metrics are called in OpenTelemetry's words, which have dots where Prometheus has underscores. */

/** https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md */
const conventional: Readonly<Record<string, string>> = {
	gen_ai_server_request_duration_seconds: "gen_ai.server.request.duration",
	gen_ai_server_time_to_first_token_seconds: "gen_ai.server.time_to_first_token",
	gen_ai_server_time_per_output_token_seconds: "gen_ai.server.time_per_output_token",
	gen_ai_client_token_usage: "gen_ai.client.token.usage",
	gen_ai_client_operation_duration_seconds: "gen_ai.client.operation.duration",
};

/** As in traces. */
const attributes: Readonly<Record<string, string>> = {
	gen_ai_operation_name: "gen_ai.operation.name",
	gen_ai_token_type: "gen_ai.token.type",
	upstream: "gen_ai.provider.name",
	route: "llmgw.route",
};

/** `llmgw_event_loop_lag_seconds` is `llmgw.event_loop_lag`, in `s`. */
export function openTelemetryName(name: string): { name: string; unit: string } {
	const unit = unitOf(name);
	const known = conventional[name];
	if (known !== undefined) return { name: known, unit };
	const bare = name.replace(/_total$/, "").replace(/_(seconds|bytes|dollars)$/, "");
	return { name: bare.replace("_", "."), unit };
}

export function openTelemetryAttribute(label: string): string {
	return attributes[label] ?? label;
}

function unitOf(name: string): string {
	if (/_seconds(_total)?$/.test(name)) return "s";
	if (/_bytes$/.test(name)) return "By";
	if (/_dollars(_total)?$/.test(name)) return "{USD}";
	return /token(s_total|_usage)$/.test(name) ? "{token}" : "1";
}
