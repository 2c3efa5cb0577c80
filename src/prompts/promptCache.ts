/** A least-recently-used cache, bounded by the total weight of its entries. */

export interface Cache<Value> {
	get(key: string): Value | undefined;
	set(key: string, value: Value, weight: number): void;
}

export function createCache<Value>(maxWeight: number): Cache<Value> {
	// A Map keeps the order in which its keys were set.
	const entries = new Map<string, { value: Value; weight: number }>();
	let total = 0;
	const take = (key: string) => {
		const entry = entries.get(key);
		if (entry === undefined) return undefined;
		entries.delete(key);
		total -= entry.weight;
		return entry;
	};
	const put = (key: string, entry: { value: Value; weight: number }) => {
		entries.set(key, entry);
		total += entry.weight;
	};
	return {
		get(key) {
			const entry = take(key);
			if (entry !== undefined) put(key, entry);
			return entry?.value;
		},
		set(key, value, weight) {
			take(key);
			if (weight > maxWeight) return;
			put(key, { value, weight });
			for (const oldest of entries.keys()) {
				if (total <= maxWeight) return;
				take(oldest);
			}
		},
	};
}
