/** How long answers have been, by caller and model: what the next one is taken to need at most. */

const kept = 64;
/** Fewer say nothing about the next one. */
const leastSamples = 8;
/** Answers vary: above the longest of the last ones. */
const headroom = 1.25;
const maxHistories = 1_000;

interface History {
	readonly tokens: Float64Array;
	added: number;
	/** The longest of those that are kept; computed on demand. */
	longest: number | undefined;
}

/** In this worker's memory; who has not been here for long is forgotten first. */
export class OutputHistory {
	readonly #histories = new Map<string, History>();

	/** Takes the output tokens of one choice of an answer. */
	add(who: string, tokens: number): void {
		const history = this.#histories.get(who) ?? { tokens: new Float64Array(kept), added: 0, longest: 0 };
		const place = history.added % kept;
		const { longest } = history;
		// Where it isn't known, it is worked out of all of them; and the longest one itself may give way.
		if (longest !== undefined && tokens >= longest) history.longest = tokens;
		else if (history.tokens[place] === longest) history.longest = undefined;
		history.tokens[place] = tokens;
		history.added += 1;
		if (history.added > 1 && this.#histories.size < maxHistories / 2) return;
		// Moves it to the end: a Map keeps the order in which its members came.
		this.#histories.delete(who);
		this.#histories.set(who, history);
		if (this.#histories.size <= maxHistories) return;
		const [oldest] = this.#histories.keys();
		if (oldest !== undefined) this.#histories.delete(oldest);
	}

	/** @returns tokens that hardly any answer will pass; `undefined` while too few are known */
	likelyMost(who: string): number | undefined {
		const history = this.#histories.get(who);
		if (history === undefined || history.added < leastSamples) return undefined;
		history.longest ??= history.tokens.reduce((most, tokens) => Math.max(most, tokens), 0);
		return Math.ceil(history.longest * headroom);
	}
}
