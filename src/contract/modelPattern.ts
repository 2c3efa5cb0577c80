/** Which models a route's patterns take. */
import type { Route, Routing } from "./routes.js";

/** Whether a pattern, in which `*` stands for any text, takes a name; or all that another pattern takes. */
export function takes(pattern: string, name: string): boolean {
	const pieces = pattern.split("*");
	const last = pieces.pop() as string;
	if (pieces.length === 0) return name === last;
	const first = pieces.shift() as string;
	if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
	const end = name.length - last.length;
	let from = first.length;
	for (const piece of pieces) {
		const found = name.indexOf(piece, from);
		if (found === -1 || found + piece.length > end) return false;
		from = found + piece.length;
	}
	return true;
}

/** The route that requests for a model take: one with its exact name, else the first whose pattern takes it. */
export function routeFor({ routes }: Routing, model: string): Route | undefined {
	return (
		routes.find(({ models }) => models.includes(model)) ??
		routes.find(({ models }) => models.some((pattern) => takes(pattern, model)))
	);
}
