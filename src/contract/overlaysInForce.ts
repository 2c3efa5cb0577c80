/** The overlays that settings name: those that come with llmw, and the user's files after them. Loaded only where there are any. */
import { fileURLToPath } from "node:url";
import { type Problem, Problems } from "../errors/problem.js";
import type { Settings } from "../settings/settings.js";
import type { LocatedOverlay } from "./overlay.js";
import { readOverlay } from "./readOverlay.js";

/** Beside the program, in a checkout as in the package. */
const shipped = new URL("../../overlays/", import.meta.url);

export type NamedOverlays = Pick<Settings, "contracts" | "overlays">;

/** In the order in which they apply. @throws Problems with all that is wrong with any of them */
export function readOverlays({ contracts, overlays }: NamedOverlays): LocatedOverlay[] {
	const files = [...(contracts ?? []).map((name) => fileURLToPath(new URL(`${name}.yaml`, shipped))), ...overlays];
	const problems: Problem[] = [];
	const read = files.flatMap((file) => {
		try {
			return [readOverlay(file)];
		} catch (error) {
			if (!(error instanceof Problems)) throw error;
			problems.push(...error.problems);
			return [];
		}
	});
	if (problems.length > 0) throw new Problems(problems);
	return read;
}
