/** Queries by their number of rows. Compiling takes longer than an insert, so each is compiled once. */
import type { CompiledQuery } from "kysely";

export function compiledByCount(compile: (count: number) => CompiledQuery): (count: number) => CompiledQuery {
	const compiled: CompiledQuery[] = [];
	return (count) => {
		compiled[count] ??= compile(count);
		return compiled[count];
	};
}
