/** What is said where a name is taken. */
import type { Database } from "./database.js";
import { StoreError } from "./store.js";

/**
 * Wraps writes of which nothing can be taken but a name.
 *
 * @param noun what has the name, "key"
 * @returns a function that writes, and throws a StoreError `conflict` with the name where that is taken
 */
export function namer(errorOf: Database["errorOf"], noun: string) {
	return async function naming<Result>(name: string, write: () => Promise<Result>): Promise<Result> {
		try {
			return await write();
		} catch (thrown) {
			const error = errorOf(thrown);
			if (error instanceof StoreError && error.problem === "conflict")
				throw new StoreError("conflict", `There is a ${noun} "${name}" already.`, thrown);
			throw error;
		}
	};
}
