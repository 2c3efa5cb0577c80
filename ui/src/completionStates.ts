/** Colours of badges by the status of a stored completion. */
export const completionStates = { completed: "good", incomplete: "warn", failed: "bad" } as const;
