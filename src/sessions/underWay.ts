/** Requests under way, in places that are used again. */
import type { Exchange } from "../exchange/exchange.js";

/**
 * A `Set` would hold the same. But one that lives long leaves its old tables behind among V8's old objects, and the requests in
 * them, though long over, are kept until those are collected: that took a third of a worker's time.
 */
export class ExchangesUnderWay {
	readonly #places: (Exchange | undefined)[] = [];
	readonly #free: number[] = [];

	/** @returns its place, for `remove` */
	add(exchange: Exchange): number {
		const place = this.#free.pop() ?? this.#places.length;
		this.#places[place] = exchange;
		return place;
	}

	remove(place: number): void {
		this.#places[place] = undefined;
		this.#free.push(place);
	}

	*[Symbol.iterator](): Generator<Exchange, void> {
		for (const exchange of this.#places) if (exchange !== undefined) yield exchange;
	}
}
