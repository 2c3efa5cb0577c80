/** Features of Anthropic's that a request asks for twice: by a value of `anthropic-beta` and by members. Both go, or none. */

const cached = [
	"cache_control",
	"system.*.cache_control",
	"tools.*.cache_control",
	"messages.*.content.*.cache_control",
	"messages.*.content.*.content.*.cache_control",
];
const toolUse = ["tools.*.defer_loading", "tools.*.allowed_callers", "tools.*.input_examples"];

/** Members by the beta's name without its date. */
const membersOfBetas: Readonly<Record<string, readonly string[]>> = {
	"context-management": ["context_management"],
	"structured-outputs": ["tools.*.strict"],
	effort: ["output_config.effort"],
	"task-budgets": ["output_config.task_budget"],
	"advanced-tool-use": toolUse,
	"tool-search-tool": toolUse,
	"tool-examples": toolUse,
	"fine-grained-tool-streaming": ["tools.*.eager_input_streaming"],
	"prompt-caching-scope": cached.map((place) => `${place}.scope`),
	"extended-cache-ttl": cached.map((place) => `${place}.ttl`),
	"cache-diagnosis": ["diagnostics"],
	"fast-mode": ["speed"],
};

/** `effort-2025-11-24` is `effort`. */
function familyOf(beta: string): string {
	return beta.replace(/-\d{4}-?\d{2}-?\d{2}$/, "");
}

export function membersOf(beta: string): readonly string[] {
	const family = familyOf(beta);
	return Object.hasOwn(membersOfBetas, family) ? (membersOfBetas[family] ?? []) : [];
}

/** The beta, or one that goes with the member. */
export function belongsTo(beta: string, member: string): boolean {
	return membersOf(beta).includes(member);
}
