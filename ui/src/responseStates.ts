/** Colours of badges by the status of a kept response. */
export const responseStates: Readonly<Record<string, string>> = {
	completed: "good",
	incomplete: "warn",
	failed: "bad",
};
