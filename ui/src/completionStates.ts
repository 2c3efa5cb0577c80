/** How a stored completion ended, as the color of its badge. */
export const completionStates = { completed: "good", incomplete: "warn", failed: "bad" } as const;
