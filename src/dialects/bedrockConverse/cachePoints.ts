/** Points up to which a prompt is kept: blocks of their own in Converse, no more than four in all. */
import type { BreakpointPlaces } from "../../chat/breakpoints.js";
import type { CacheHint } from "../../chat/request.js";
import type { Json } from "../dialect.js";
import { isClaude, isUnnamed } from "./modelName.js";

const mostPoints = 4;

export function pointOf({ cache }: CacheHint): Json[] {
	if (cache === undefined) return [];
	const { ttl } = cache;
	return [{ cachePoint: { type: "default", ...(ttl === "1h" || ttl === "5m" ? { ttl } : {}) } }];
}

function isPoint(block: Json): boolean {
	return "cachePoint" in block;
}

/** Nova keeps no tools; others keep nothing, and refuse to be asked to. */
export function takesCacheMarks(model: string): BreakpointPlaces {
	const isKnown = isClaude(model) || isUnnamed(model);
	return { prompt: isKnown || /nova/i.test(model), tools: isKnown };
}

/**
 * Takes out what the model would refuse, and of the rest all but the last four.
 *
 * @param lists of blocks, in the order of the prompt; the first are the tools
 * @returns false if some were taken out
 */
export function limitPoints(lists: readonly Json[][], model: string): boolean {
	const { prompt, tools } = takesCacheMarks(model);
	let left = mostPoints;
	let isWhole = true;
	for (let at = lists.length - 1; at >= 0; at -= 1) {
		const list = lists[at] as Json[];
		for (let place = list.length - 1; place >= 0; place -= 1) {
			if (!isPoint(list[place] as Json)) continue;
			if ((at === 0 ? tools : prompt) && left > 0) left -= 1;
			else {
				list.splice(place, 1);
				isWhole = false;
			}
		}
	}
	return isWhole;
}

/** The blocks in another order, each with the point after it. @param rank of a block, the lowest first */
export function sortWithPoints(content: readonly Json[], rank: (block: Json) => number): Json[] {
	const groups: Json[][] = [];
	for (const block of content) {
		const last = groups.at(-1);
		if (isPoint(block) && last !== undefined) last.push(block);
		else groups.push([block]);
	}
	return groups.sort(([one], [other]) => rank(one as Json) - rank(other as Json)).flat();
}
