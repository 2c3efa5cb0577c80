/** Prices of some models' tokens, from a configuration file. */
import type { PriceRule } from "../routes.js";
import type { Schemas } from "./configSchema.js";
import { costIn } from "./levels.js";

type GivenPrice = Partial<Schemas["PriceConfig"]> | undefined;

/** Entries with something wrong in them, which is reported, are left out. */
export function readPrices(given: readonly GivenPrice[] = []): PriceRule[] {
	return given.flatMap((price) => {
		const { model, ...tokens } = price ?? {};
		const cost = costIn(tokens);
		return model === undefined || cost === undefined ? [] : [{ models: [model].flat(), cost }];
	});
}
