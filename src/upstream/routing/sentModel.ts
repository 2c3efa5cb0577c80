/** The model by the name that a target's upstream knows it by. */
import type { Target } from "../../contract/routes.js";
import type { RequestFacts } from "./facts.js";

/** Stands for the model where neither the request nor the target names one. */
export const noModel = "";

/** @returns undefined if the request names none, and the target neither */
export function sentModel({ model }: Target, { model: asked }: Pick<RequestFacts, "model">): string | undefined {
	return model ?? asked;
}
