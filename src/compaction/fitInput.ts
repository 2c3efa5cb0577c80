/** `truncation: auto`: leaves out the oldest of an input until the rest fits the model's context. */
import { estimateTokens } from "../upstream/routing/estimateTokens.js";
import { type InputUnit, unitsOf, withoutHalves } from "./inputUnits.js";

export interface Fitting {
	/** The request's tokens as they were counted, and by the estimate that an item's share is known by. */
	readonly tokens: number;
	readonly estimated: number;
	/** How many there may be. */
	readonly most: number;
	/** Items that stay however old they are. */
	readonly kept: ReadonlySet<unknown>;
}

/** Part of the room that is left free, since an item's share of the count is an estimate. */
const reserve = 0.02;

/**
 * Instructions stay, and so do the user's last message and what the model did last; calls go with their results.
 *
 * @param items the whole input's @returns the same list if nothing has to go, or nothing can
 */
export function fitInput(items: readonly unknown[], { tokens, estimated, most, kept }: Fitting): readonly unknown[] {
	if (tokens <= most) return items;
	const units = unitsOf(items);
	const scale = tokens / Math.max(1, estimated);
	let excess = tokens - most * (1 - reserve);
	const gone = new Set<InputUnit>();
	for (const unit of inOrder(units, kept)) {
		if (excess <= 0) break;
		gone.add(unit);
		excess -= estimateTokens({ input: unit.items }) * scale;
	}
	const left = units.filter((unit) => !gone.has(unit)).flatMap(({ items: own }) => own);
	return gone.size === 0 ? items : withoutHalves(left, items);
}

/** The units that may go, oldest first. */
function inOrder(units: readonly InputUnit[], kept: ReadonlySet<unknown>): InputUnit[] {
	const lastAsked = units.findLastIndex(({ kind }) => kind === "asked");
	return units.filter(
		({ kind, items }, index) =>
			index !== lastAsked && index !== units.length - 1 && kind !== "told" && !items.some((item) => kept.has(item)),
	);
}
