/**
 * Betas of Anthropic's that Bedrock takes for Claude (`anthropic_beta` in the body, where Anthropic has a header). It refuses
 * a request that names any other, and does not say which: "invalid beta flag".
 */

/** Names with their date, as Anthropic has them. */
const known: ReadonlySet<string> = new Set([
	"compact-2026-01-12",
	"computer-use-2024-10-22",
	"computer-use-2025-01-24",
	"computer-use-2025-11-24",
	"context-1m-2025-08-07",
	"context-management-2025-06-27",
	"dangerous-tool-use-2026-09-03",
	"dev-full-thinking-2025-05-14",
	"effort-2025-11-24",
	"fine-grained-tool-streaming-2025-05-14",
	"interleaved-thinking-2025-05-14",
	"mid-conversation-output-config-2026-07-01",
	"mid-conversation-tool-changes-2026-07-01",
	"output-128k-2025-02-19",
	"pdfs-2024-09-25",
	"structured-outputs-2025-11-13",
	"thinking-binding-controls-2026-08-01",
	"thinking-display-updates-2026-08-18",
	"token-counting-2024-11-01",
	"token-efficient-tools-2025-02-19",
	"tool-examples-2025-10-29",
	"tool-search-tool-2025-10-19",
]);

/** One of Anthropic's that Bedrock has as several. */
const split: ReadonlyMap<string, readonly string[]> = new Map([
	["advanced-tool-use-2025-11-20", ["tool-search-tool-2025-10-19", "tool-examples-2025-10-29"]],
]);

/**
 * @param more those that the configuration adds
 * @param dropped gets the names of what Bedrock would refuse
 */
export function acceptedBetas(asked: Iterable<string>, more: readonly string[], dropped: Set<string>): string[] {
	const kept = new Set<string>();
	for (const beta of asked) {
		const own = split.get(beta) ?? [beta];
		if (own.every((one) => known.has(one) || more.includes(one))) for (const one of own) kept.add(one);
		else dropped.add(`anthropic-beta.${beta}`);
	}
	return [...kept];
}
