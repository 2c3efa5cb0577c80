/** What of usage can be added up: columns of the table of sums, members of the API's results, and columns of its CSV. */

/** `cost` is in billionths of a dollar where it is kept. The order is that of the CSV. */
export const usageNumbers = [
	"requests",
	"failed",
	"cancelled",
	"refused",
	"attempts",
	"estimated",
	"input_tokens",
	"cached_tokens",
	"audio_input_tokens",
	"output_tokens",
	"reasoning_tokens",
	"audio_output_tokens",
	"cost",
	"duration_ms",
] as const;

/** What the table of sums has: `priced` counts requests to AI hosts whose price is known, since 0 is a price too. */
export const keptNumbers = [...usageNumbers, "priced"] as const;

export type UsageNumbers = Record<(typeof keptNumbers)[number], number>;
