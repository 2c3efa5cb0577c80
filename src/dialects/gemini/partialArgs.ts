/** Arguments of a function's call that come piece by piece, each with the place that it belongs to (`partialArgs`). */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";

type Container = Json | unknown[];

export class PartialArgs {
	readonly #args: Json = {};

	/** @param pieces as Google sends them: `{jsonPath: "$.places[0].name", stringValue: "Bos", willContinue: true}` */
	add(pieces: unknown): void {
		for (const piece of listIn(pieces)) if (isObject(piece)) this.#set(keysOf(textIn(piece.jsonPath)), piece);
	}

	/** Arguments that come whole after all. */
	assign(args: Json): void {
		for (const name of Object.keys(args)) put(this.#args, name, args[name]);
	}

	/** As JSON text. */
	get text(): string {
		return JSON.stringify(this.#args);
	}

	#set(keys: readonly (string | number)[], piece: Json): void {
		let place: Container = this.#args;
		for (const [at, key] of keys.entries()) {
			const next = keys[at + 1];
			if (next === undefined) {
				put(place, key, valueIn(piece, get(place, key)));
				return;
			}
			const inner = get(place, key);
			const fits = typeof next === "number" ? Array.isArray(inner) : isObject(inner);
			const container: Container = fits ? (inner as Container) : typeof next === "number" ? [] : {};
			if (!fits) put(place, key, container);
			place = container;
		}
	}
}

/** Names and indexes of `$.a.b[0]['c d']`. */
function keysOf(path: string): (string | number)[] {
	const keys: (string | number)[] = [];
	for (const [, name, index, quoted] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[['"]([^'"]*)['"]\]/g))
		keys.push(index === undefined ? ((name ?? quoted) as string) : Number(index));
	return keys;
}

/** A text goes on where the one before has ended. */
function valueIn({ stringValue, numberValue, boolValue }: Json, before: unknown): unknown {
	if (typeof stringValue === "string") return (typeof before === "string" ? before : "") + stringValue;
	return numberValue ?? boolValue ?? null;
}

function get(place: Container, key: string | number): unknown {
	if (Array.isArray(place)) return place[Number(key)];
	return Object.hasOwn(place, key) ? place[key] : undefined;
}

/** Lists have no gaps, and no name means something to the program. */
function put(place: Container, key: string | number, value: unknown): void {
	if (Array.isArray(place)) place[Math.min(Number(key) || 0, place.length)] = value;
	else Object.defineProperty(place, key, { value, enumerable: true, configurable: true, writable: true });
}
