/** How long clients wait after a 429 that says nothing of it; without the header some of them give up at once. In seconds. */
export const usualRetryAfter = "5";
