/** Where Google's texts come from: searches (`groundingMetadata`), and what a model recites (`citationMetadata`). */
import { type Citation, hasSource, type PlacedCitation, type Span } from "../../chat/citations.js";
import { bytesBefore, codePointsBefore } from "../../chat/codePoints.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { withoutUndefined } from "../openai/members.js";
import { numberMember, objectMember, objectsMember, textMember } from "./members.js";

/** A text that places count from: which one it is of those that are said, and undefined where nothing is known of it. */
export interface CountedText {
	readonly index: number;
	readonly text: string | undefined;
}

/** @returns the text that places in a part count from */
export type TextOfPart = (part: number) => CountedText;

/** A citation, and the text that it is of. */
export interface GroundedCitation {
	readonly citation: Citation;
	readonly index: number;
}

/** Google counts bytes of UTF-8. */
export function readGrounding(candidate: Json, textOf: TextOfPart): GroundedCitation[] {
	const grounding = objectMember(candidate, "groundingMetadata");
	const sources = objectsMember(grounding, "groundingChunks").map(readChunk);
	const supported = objectsMember(grounding, "groundingSupports").flatMap((support) => {
		const segment = objectMember(support, "segment");
		const { index: at, text } = textOf(numberMember(segment, "partIndex") ?? 0);
		const place = placeIn(segment, text);
		const indices = listIn(support.groundingChunkIndices ?? support.grounding_chunk_indices);
		return indices.flatMap((index) => {
			const source = sources[index as number];
			return source === undefined || !hasSource(source) ? [] : [{ citation: { ...source, place }, index: at }];
		});
	});
	const unplaced = sources.filter(hasSource).map((citation) => ({ citation, index: textOf(0).index }));
	return [...(supported.length > 0 ? supported : unplaced), ...recitedIn(candidate, textOf(0))];
}

function readChunk(chunk: Json): Citation {
	const { web, maps, retrieved } = {
		web: objectMember(chunk, "web"),
		maps: objectMember(chunk, "maps"),
		retrieved: objectMember(chunk, "retrievedContext"),
	};
	const source = { ...retrieved, ...maps, ...web };
	return {
		url: textMember(source, "uri") || undefined,
		title: textMember(source, "title") || textMember(source, "domain") || undefined,
		citedText: textMember(source, "text") || undefined,
		sourceId: textMember(source, "documentName") || textMember(source, "placeId") || undefined,
	};
}

function recitedIn(candidate: Json, { index, text }: CountedText): GroundedCitation[] {
	const recited = objectMember(candidate, "citationMetadata");
	const sources = [...objectsMember(recited, "citationSources"), ...objectsMember(recited, "citations")];
	return sources.flatMap((source): GroundedCitation[] => {
		const { uri, title } = { uri: textMember(source, "uri"), title: textMember(source, "title") };
		if (uri === "" && title === "") return [];
		const place = placeIn(source, text);
		return [{ citation: { url: uri || undefined, title: title || undefined, place }, index }];
	});
}

function placeIn(segment: Json, text: string | undefined): Citation["place"] {
	const end = numberMember(segment, "endIndex");
	if (text === undefined || end === undefined) return undefined;
	const start = numberMember(segment, "startIndex") ?? 0;
	return { start: codePointsBefore(text, start), end: codePointsBefore(text, end) };
}

/** A part that is a text, and what is cited of it. */
export interface CitedPart {
	/** Among the parts of the content. */
	readonly index: number;
	readonly text: string;
	readonly citations: readonly PlacedCitation[];
}

/** A member of the candidate; none where nothing is cited. */
export function writeGrounding(parts: readonly CitedPart[]): Json {
	const chunks: Json[] = [];
	const places = new Map<string, number>();
	const supports = new Map<string, { segment: Json; groundingChunkIndices: number[] }>();
	for (const { index: part, text, citations } of parts)
		for (const citation of citations) {
			const index = indexOf(citation, chunks, places);
			const { start, end } = citation.span;
			if (end <= start) continue;
			const key = `${part} ${start} ${end}`;
			const support = supports.get(key) ?? { segment: segmentOf(part, text, citation.span), groundingChunkIndices: [] };
			if (!support.groundingChunkIndices.includes(index)) support.groundingChunkIndices.push(index);
			supports.set(key, support);
		}
	if (chunks.length === 0) return {};
	return { groundingMetadata: { groundingChunks: chunks, groundingSupports: [...supports.values()] } };
}

function indexOf({ url, title, citedText, sourceId }: Citation, chunks: Json[], places: Map<string, number>): number {
	const source = withoutUndefined({ uri: url ?? sourceId, title: title ?? sourceId });
	const chunk =
		url !== undefined ? { web: source } : { retrievedContext: withoutUndefined({ ...source, text: citedText }) };
	const key = JSON.stringify(chunk);
	const place = places.get(key) ?? chunks.length;
	if (place === chunks.length) {
		places.set(key, place);
		chunks.push(chunk);
	}
	return place;
}

function segmentOf(part: number, text: string, { start, end }: Span): Json {
	const startIndex = bytesBefore(text, start);
	const endIndex = bytesBefore(text, end);
	const said = Buffer.from(text).subarray(startIndex, endIndex).toString();
	return { ...(part > 0 ? { partIndex: part } : {}), startIndex, endIndex, text: said };
}

/** The text of a part, or of the first that is said, since some count texts alone. */
export function textOfParts(content: unknown): TextOfPart {
	const parts = isObject(content) ? listIn(content.parts).filter(isObject) : [];
	const said = parts.filter((part) => typeof part.text === "string" && part.thought !== true);
	return (part) => {
		const index = Math.max(0, said.indexOf(parts[part] as Json));
		return { index, text: textIn(said[index]?.text) };
	};
}
