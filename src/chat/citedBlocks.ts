/** A text that grows by blocks, to which citations refer. */
import { type Citation, type PlacedCitation, placedIn } from "./citations.js";
import { codePoints } from "./codePoints.js";

interface Block {
	/** Where it begins in the text, in UTF-16. */
	readonly start: number;
	readonly citations: Citation[];
}

export class CitedBlocks {
	readonly #blocks: Block[] = [{ start: 0, citations: [] }];

	/** A block begins after so much of the text. */
	begin(length: number): void {
		if (this.#blocks.at(-1)?.start !== length) this.#blocks.push({ start: length, citations: [] });
	}

	cite(citation: Citation): void {
		this.#blocks.at(-1)?.citations.push(citation);
	}

	/** @param text all of it @returns what was cited, with places in all of the text */
	placed(text: string): PlacedCitation[] {
		return this.#blocks.flatMap(({ start, citations }, at) => {
			if (citations.length === 0) return [];
			return placedIn(text.slice(start, this.#blocks[at + 1]?.start), citations, codePoints(text, start));
		});
	}
}
