/** Queries by their number of rows. Compiling takes longer than an insert, so each is compiled once. */
export function compiledByCount<Query>(compile: (count: number) => Query): (count: number) => Query {
	const compiled: Query[] = [];
	return (count) => {
		const known = compiled[count];
		if (known !== undefined) return known;
		const query = compile(count);
		compiled[count] = query;
		return query;
	};
}
