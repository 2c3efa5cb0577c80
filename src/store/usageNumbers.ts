/** The numbers of usage that are summed: columns of the table of sums, members of the API's results, and columns of its CSV. */

import { unitNames } from "../chat/usedUnits.js";

/** In the order of the CSV. `cost` and `saved` are stored in billionths of a dollar, `audio_seconds` in thousandths of a second. */
export const usageNumbers = [
	"requests",
	"failed",
	"cancelled",
	"refused",
	"attempts",
	"estimated",
	"input_tokens",
	"cached_tokens",
	"cache_write_tokens",
	"cache_write_1h_tokens",
	"audio_input_tokens",
	"image_input_tokens",
	"output_tokens",
	"reasoning_tokens",
	"audio_output_tokens",
	"image_output_tokens",
	...unitNames,
	"cost",
	"cached_requests",
	"saved",
	"duration_ms",
] as const;

/** The table's columns: `priced` counts the attempts whose price is known, since 0 is a price too. */
export const storedNumbers = [...usageNumbers, "priced"] as const;

export type UsageNumbers = Record<(typeof storedNumbers)[number], number>;
