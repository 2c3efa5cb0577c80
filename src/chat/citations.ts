/** Where a text comes from, whichever dialect says so, and which part of the text that is said of. */
import { codePoints } from "./codePoints.js";

export interface Citation {
	readonly url?: string | undefined;
	readonly title?: string | undefined;
	/** What stands in the source. */
	readonly citedText?: string | undefined;
	/** Of a stored file, a document or a tool's result that is the source. */
	readonly sourceId?: string | undefined;
	/** The source is a document of the request's. */
	readonly document?: DocumentPlace | undefined;
	/** Undefined for a source of the answer as a whole. */
	readonly place?: CitedPlace | undefined;
}

/** Upstreams also send citations that say of no source where it is. */
export function hasSource({ url, title, citedText, sourceId, document }: Citation): boolean {
	return [url, title, citedText, sourceId, document].some((value) => value !== undefined);
}

export interface DocumentPlace {
	/** Among the request's documents, or among its search results. */
	readonly index: number;
	readonly unit: "char" | "page" | "block" | "result";
	readonly start: number;
	/** After the last one. */
	readonly end: number;
}

/** In Unicode code points. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/**
 * What of its block of text a citation backs: a span, all of the block, or wherever a mark such as `[1]` stands in it.
 */
export type CitedPlace = Span | "block" | { readonly marker: string };

/** A citation with its place in all that was said. */
export type PlacedCitation = Citation & { readonly span: Span };

/** Follows one choice's text, so that citations of its blocks get their places in all of it. */
export class CitedText {
	#length = 0;
	/** Where the block begins. */
	#base = 0;
	readonly #waiting: Citation[] = [];
	readonly #placed: PlacedCitation[] = [];

	/** @param length of more text, in code points */
	add(length: number): void {
		this.#length += length;
	}

	/** A new block begins. */
	begin(): void {
		this.#place();
		this.#base = this.#length;
	}

	cite(citation: Citation): void {
		this.#waiting.push(citation);
	}

	/** Nothing is added to the block. @returns what was cited since the last time */
	take(): PlacedCitation[] {
		this.#place();
		return this.#placed.splice(0);
	}

	#place(): void {
		const block = { start: this.#base, end: this.#length };
		for (const citation of this.#waiting.splice(0)) {
			const { start, end } = spanIn(block, citation);
			this.#placed.push({ ...citation, span: { start, end } });
		}
	}
}

/** The citations of one block of text, each with its places in it. */
export function placedIn(text: string, citations: readonly Citation[], base = 0): PlacedCitation[] {
	const block = { start: base, end: base + codePoints(text, text.length) };
	return citations.flatMap((citation): PlacedCitation[] => {
		const { place } = citation;
		const marker = typeof place === "object" && "marker" in place ? place.marker : "";
		if (marker === "") return [{ ...citation, span: spanIn(block, citation) }];
		const spans = spansOf(marker, text).map(({ start, end }) => ({ start: base + start, end: base + end }));
		const found = spans.length > 0 ? spans : [spanIn(block, citation)];
		return found.map((span) => ({ ...citation, span }));
	});
}

/** What has no place stands at the end of the block. */
function spanIn(block: Span, { place }: Citation): Span {
	if (place === "block") return block;
	if (place === undefined || "marker" in place) return { start: block.end, end: block.end };
	const within = (offset: number) => Math.min(block.end, block.start + Math.max(0, offset));
	return { start: within(place.start), end: Math.max(within(place.start), within(place.end)) };
}

function spansOf(marker: string, text: string): Span[] {
	const spans: Span[] = [];
	const length = codePoints(marker, marker.length);
	for (let at = text.indexOf(marker); at !== -1; at = text.indexOf(marker, at + marker.length)) {
		const start = codePoints(text, at);
		spans.push({ start, end: start + length });
	}
	return spans;
}

/** Tells which citations have come before: many upstreams repeat all of them with each piece. */
export class NewCitations {
	readonly #seen = new Set<string>();

	of(citations: readonly Citation[]): Citation[] {
		return citations.filter((citation) => {
			const key = JSON.stringify(citation);
			const isNew = !this.#seen.has(key);
			this.#seen.add(key);
			return isNew;
		});
	}
}
