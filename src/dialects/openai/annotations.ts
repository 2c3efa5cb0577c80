/** Citations as OpenAI's dialects have them (`annotations`), and as vendors that follow them do: lists of sources, references. */
import type { Citation, CitedPlace, PlacedCitation } from "../../chat/citations.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "./choice.js";
import { numberIn, withoutUndefined } from "./members.js";

/** @returns those that say where a text comes from; others are files that it names */
export function readAnnotations(annotations: unknown): Citation[] {
	return listIn(annotations)
		.filter(isObject)
		.map(readAnnotation)
		.filter((citation) => citation !== undefined);
}

function readAnnotation(annotation: Json, at: number): Citation | undefined {
	const { type } = annotation;
	// Chat completions have the rest in a member of its own, and responses beside the type.
	const nested = annotation[textIn(type)];
	const about = isObject(nested) ? nested : annotation;
	const title = textIn(about.title) || textIn(about.filename) || textIn(about.name) || undefined;
	const place = placeIn(about);
	if (type === "url_citation" && textIn(about.url) !== "") {
		const citedText = textIn(about.content) || undefined;
		return { url: textIn(about.url), title, citedText, place: place ?? { marker: `[${at + 1}]` } };
	}
	if (type === "file_citation" || type === "container_file_citation") {
		const index = numberIn(about.index);
		const point = index === undefined ? undefined : { start: index, end: index };
		return { sourceId: textIn(about.file_id) || undefined, title, place: place ?? point };
	}
	return undefined;
}

/** Some upstreams say 0 for both where they know none. */
function placeIn({ start_index: start, end_index: end }: Json): CitedPlace | undefined {
	return typeof start === "number" && typeof end === "number" && end > start ? { start, end } : undefined;
}

/** Chat completions know sources with a URL alone. */
export function writeUrlCitations(citations: readonly PlacedCitation[]): Json[] {
	return citations.flatMap(({ url, title, citedText, span }) =>
		url === undefined
			? []
			: {
					type: "url_citation",
					url_citation: withoutUndefined({
						url,
						title: title ?? url,
						start_index: span.start,
						end_index: span.end,
						content: citedText,
					}),
				},
	);
}

/** Responses know files, too; of a document that has none its name. */
export function writeAnnotations(citations: readonly PlacedCitation[]): Json[] {
	return citations.map(({ url, title, sourceId, span }) => {
		if (url !== undefined)
			return { type: "url_citation", url, title: title ?? url, start_index: span.start, end_index: span.end };
		const file = { file_id: sourceId ?? title ?? "", filename: title ?? sourceId ?? "" };
		return { type: "file_citation", ...file, index: span.end };
	});
}

/** The sources of an answer as Perplexity and xAI list them: URLs, and maybe results of a search; `[1]` in the text is the first. */
export function sourcesIn({ citations, search_results: results }: Json): Citation[] {
	const found = listIn(results).filter(isObject);
	const about = new Map(found.map((result) => [textIn(result.url), result]));
	const listed = listIn(citations).map((one) => textIn(isObject(one) ? one.url : one));
	const urls = listed.length > 0 ? listed : [...about.keys()];
	return urls.flatMap((url, at): Citation[] => {
		if (url === "") return [];
		const { title, snippet } = about.get(url) ?? {};
		const marker = `[${at + 1}]`;
		return [{ url, title: textIn(title) || undefined, citedText: textIn(snippet) || undefined, place: { marker } }];
	});
}

/** Mistral's parts of content that name what the text before them comes from. */
export function referencesIn(content: unknown): Citation[] {
	return listIn(content)
		.filter(isObject)
		.flatMap((part): Citation[] => {
			if (part.type === "reference") return listIn(part.reference_ids).map((id) => ({ sourceId: String(id) }));
			if (part.type !== "tool_reference") return [];
			const { url, title, tool } = part;
			return [
				{ url: textIn(url) || undefined, title: textIn(title) || undefined, sourceId: textIn(tool) || undefined },
			];
		});
}
