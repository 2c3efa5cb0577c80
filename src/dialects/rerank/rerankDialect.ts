/** A dialect of rerankings: answers are whole, and nothing of them is a conversation. */
import type { Dialect } from "../dialect.js";
import { searchUnitsOf } from "./response.js";

type Own = Pick<Dialect, "name" | "contentMember" | "errors" | "rankings"> &
	Partial<Pick<Dialect, "usageMember" | "forms">>;

export function rerankDialect(own: Own): Dialect {
	return {
		operation: "rerank",
		stream: undefined,
		readWhole: undefined,
		translation: undefined,
		unitsOf: searchUnitsOf,
		...own,
	};
}
