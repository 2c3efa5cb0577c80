/** The model by the name that a target's upstream knows it by. */
import { captureStars, fillStars } from "./pattern.js";
import type { Target } from "./routes.js";

/** Stands for the model where neither the request nor the target names one. */
export const noModel = "";

/**
 * @param asked the model of the request
 * @returns undefined if the request names none, and the target neither
 */
export function sentModel({ model, mapsFrom }: Target, asked: string | undefined): string | undefined {
	if (model === undefined) return asked;
	return mapsFrom === undefined || asked === undefined ? model : translate(asked, mapsFrom, model);
}

/** The model that a request has to name so that the upstream is sent this one; none where that can't be. */
export function namesOf({ model, mapsFrom }: Target, sent: string): string[] {
	if (model === undefined) return [sent];
	// One that is always the same belongs to names that routes list.
	if (mapsFrom === undefined) return [];
	const captured = captureStars(model, sent);
	return captured === undefined ? [] : mapsFrom.map((pattern) => fillStars(pattern, captured));
}

function translate(asked: string, patterns: readonly string[], model: string): string {
	for (const pattern of patterns) {
		const captured = captureStars(pattern, asked);
		if (captured !== undefined) return fillStars(model, captured);
	}
	return asked;
}
