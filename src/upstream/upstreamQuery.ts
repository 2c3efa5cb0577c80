/** The query that an upstream's URL has, such as `api-version=2024-10-21`: it goes with each request. */
export class UpstreamQuery {
	readonly #query: string;
	readonly #names: ReadonlySet<string>;

	constructor(query: string) {
		this.#query = query;
		this.#names = new Set(new URLSearchParams(query).keys());
	}

	/** @param path may have a query of its own, of which names that are configured are left out */
	addedTo(path: string): string {
		const at = path.indexOf("?");
		if (at === -1) return `${path}?${this.#query}`;
		const own = path
			.slice(at + 1)
			.split("&")
			.filter((pair) => pair !== "" && !this.#names.has(nameOf(pair)));
		return `${path.slice(0, at)}?${[this.#query, ...own].join("&")}`;
	}
}

function nameOf(pair: string): string {
	const [name = ""] = new URLSearchParams(pair).keys();
	return name;
}
