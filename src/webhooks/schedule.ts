/** When a message that a webhook has not taken is sent again, and when it is given up. Pure. */

const firstPauseMs = 5_000;
const growth = 2.5;
const longestPauseMs = 6 * 3_600_000;
/** As OpenAI's webhooks. */
export const triedForMs = 72 * 3_600_000;

/**
 * @param attempts how many have failed
 * @param sinceMs how long ago the message was made
 * @param wantedMs the pause that the receiver has asked for
 * @param random 0 to 1, so that many that failed at once don't all come back at once
 * @returns the pause in milliseconds; undefined if that would be too late
 */
export function pauseAfter(
	attempts: number,
	sinceMs: number,
	wantedMs: number | undefined,
	random = Math.random(),
): number | undefined {
	const planned = Math.min(longestPauseMs, firstPauseMs * growth ** (attempts - 1));
	const pauseMs = Math.max(planned * (0.8 + 0.4 * random), Math.min(wantedMs ?? 0, longestPauseMs));
	return sinceMs + pauseMs > triedForMs ? undefined : Math.round(pauseMs);
}
