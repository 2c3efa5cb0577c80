/** Ids of calls, for APIs whose calls and results may have none. */

/** Gives ids to calls that have none, and finds the call that a result belongs to. */
export class CallIds {
	#calls = 0;
	readonly #make: () => string;
	/** Calls without an answer so far, in their order: by name, and all with their names. */
	readonly #byName = new Map<string, Set<string>>();
	readonly #open = new Map<string, string>();

	/** @param make an id of a call that has none; without it they are numbered */
	constructor(make?: () => string) {
		this.#make = make ?? (() => `call_${this.#calls}`);
	}

	ofCall(given: string, name: string): string {
		this.#calls += 1;
		const id = given || this.#make();
		const named = this.#byName.get(name) ?? new Set();
		this.#byName.set(name, named.add(id));
		this.#open.set(id, name);
		return id;
	}

	/** @param name of the tool; empty where the result doesn't say it, which is the oldest call's then */
	ofResult(given: string, name: string): string {
		const open = name === "" ? this.#open : this.#byName.get(name);
		const id = given || open?.keys().next().value || `call_${name}`;
		this.#byName.get(name || (this.#open.get(id) ?? ""))?.delete(id);
		this.#open.delete(id);
		return id;
	}
}
