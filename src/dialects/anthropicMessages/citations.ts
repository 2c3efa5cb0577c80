/** Citations of Anthropic's texts: into the neutral model, and out of it. */
import { type Citation, type DocumentPlace, type PlacedCitation, placedIn } from "../../chat/citations.js";
import { offsetOf } from "../../chat/codePoints.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";
import { sealMark } from "../seals.js";

type Unit = DocumentPlace["unit"];

const units: Readonly<Record<Unit, { readonly type: string; readonly start: string; readonly end: string }>> = {
	char: { type: "char_location", start: "start_char_index", end: "end_char_index" },
	page: { type: "page_location", start: "start_page_number", end: "end_page_number" },
	block: { type: "content_block_location", start: "start_block_index", end: "end_block_index" },
	result: { type: "search_result_location", start: "start_block_index", end: "end_block_index" },
};

/** In place of the proof that a search was Anthropic's own. */
const notAnthropics = `${sealMark}web`;

export function readCitations(citations: unknown): Citation[] {
	return listIn(citations).filter(isObject).map(readCitation);
}

/** All of the block that it stands with is what it backs. */
export function readCitation(citation: Json): Citation {
	const { type, source } = citation;
	const id = textIn(source) || textIn(citation.file_id) || undefined;
	const isUrl = id !== undefined && /^https?:/.test(id);
	const unit = (Object.keys(units) as Unit[]).find((one) => units[one].type === type);
	return {
		url: textIn(citation.url) || (isUrl ? id : undefined),
		title: textIn(citation.title) || textIn(citation.document_title) || undefined,
		citedText: textIn(citation.cited_text) || undefined,
		sourceId: isUrl ? undefined : id,
		...(unit === undefined ? {} : { document: documentOf(citation, unit) }),
		place: "block",
	};
}

function documentOf(citation: Json, unit: Unit): DocumentPlace {
	const { start, end } = units[unit];
	const index = numberIn(unit === "result" ? citation.search_result_index : citation.document_index);
	return { unit, index: index ?? 0, start: numberIn(citation[start]) ?? 0, end: numberIn(citation[end]) ?? 0 };
}

export function writeCitation({ url, title, citedText = "", sourceId, document }: Citation): Json {
	if (document !== undefined && document.unit !== "result") {
		const { type, start, end } = units[document.unit];
		const place = { document_index: document.index, [start]: document.start, [end]: document.end };
		return { type, cited_text: citedText, document_title: title ?? null, file_id: sourceId ?? null, ...place };
	}
	if (url !== undefined && document === undefined)
		return {
			type: "web_search_result_location",
			cited_text: citedText,
			encrypted_index: notAnthropics,
			title: title ?? null,
			url,
		};
	const { index = 0, start = 0, end = 1 } = document ?? {};
	const place = { search_result_index: index, start_block_index: start, end_block_index: end };
	const source = url ?? sourceId ?? title ?? "";
	return { type: "search_result_location", cited_text: citedText, source, title: title ?? null, ...place };
}

/** A text as blocks, each with the citations of all of it: Anthropic's have no places in a text. */
export function writeCitedText(text: string, citations: readonly Citation[]): Json[] {
	const placed = placedIn(text, citations);
	const cuts = cutsOf(text, placed);
	const blocks: Json[] = [];
	for (const [at, start] of cuts.entries()) {
		const end = cuts[at + 1];
		if (end === undefined) break;
		const said = text.slice(offsetOf(text, start), offsetOf(text, end));
		const backing = placed.filter(({ span }) => span.start < end && span.end > start);
		blocks.push(withoutUndefined({ type: "text", text: said, citations: written(backing) }));
	}
	addSources(blocks, placed);
	return blocks;
}

function written(citations: readonly Citation[]): Json[] | undefined {
	return citations.length === 0 ? undefined : citations.map(writeCitation);
}

/** Where citations begin and end, but for pieces of white space, which can't be blocks of their own. */
function cutsOf(text: string, placed: readonly PlacedCitation[]): number[] {
	const all = placed.flatMap(({ span }) => (span.end > span.start ? [span.start, span.end] : []));
	const length = Array.from(text).length;
	const sorted = [...new Set([0, ...all, length])].sort((one, other) => one - other);
	const cuts: number[] = [];
	for (const cut of sorted) {
		const before = cuts.at(-1);
		const isBlank = before !== undefined && text.slice(offsetOf(text, before), offsetOf(text, cut)).trim() === "";
		if (!isBlank) cuts.push(cut);
		// What is left over belongs to the last block.
		else if (cut === length && cuts.length > 1) cuts[cuts.length - 1] = cut;
	}
	return cuts;
}

/** Those of a point, or of the answer as a whole, stand with the block that ends there. */
function addSources(blocks: Json[], placed: readonly PlacedCitation[]): void {
	let end = 0;
	for (const [at, block] of blocks.entries()) {
		const start = end;
		end += Array.from(block.text as string).length;
		const isLast = at === blocks.length - 1;
		const own = placed.filter(
			({ span }) => span.start === span.end && (span.end > start || at === 0) && (span.end <= end || isLast),
		);
		if (own.length > 0) block.citations = [...listIn(block.citations), ...own.map(writeCitation)];
	}
}

/** It says that a search is Anthropic's, and isn't: Anthropic refuses it. */
export function isMadeUp(citation: unknown): boolean {
	return isObject(citation) && citation.encrypted_index === notAnthropics;
}
