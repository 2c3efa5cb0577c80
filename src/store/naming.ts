/** The error for a name that is taken. */
import type { Database } from "./database.js";
import { StoreError } from "./store.js";

/**
 * Wraps writes that can violate no uniqueness but a name's.
 *
 * @param noun the kind of object that is named, such as "key"
 * @returns a function that runs the write, and throws a StoreError `conflict` if the name is taken
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
