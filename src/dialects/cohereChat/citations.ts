/** Citations of Cohere's texts, into the neutral model. */
import type { Citation } from "../../chat/citations.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn } from "../openai/members.js";

/**
 * @param given one, or a list of them
 * @param part of the content that they are to be of; of any where it is not said
 */
export function readCitations(given: unknown, part?: number): Citation[] {
	return (Array.isArray(given) ? given : [given]).filter(isObject).flatMap((citation) => {
		const { content_index: index = part, type } = citation;
		// Thoughts and plans have theirs, too.
		const isOfText = type === undefined || type === "TEXT_CONTENT";
		return isOfText && (part === undefined || index === part) ? sourcesOf(citation) : [];
	});
}

function sourcesOf({ start, end, sources }: Json): Citation[] {
	const place = { start: numberIn(start) ?? 0, end: numberIn(end) ?? 0 };
	return listIn(sources)
		.filter(isObject)
		.map((source) => ({ ...readSource(source), place }));
}

/** Documents, and results of tools, have whatever members their author has given them. */
function readSource({ id, document, tool_output: output }: Json): Citation {
	const about = isObject(document) ? document : isObject(output) ? output : {};
	const url = textIn(about.url) || (/^https?:/.test(textIn(id)) ? textIn(id) : "");
	return {
		url: url || undefined,
		title: textIn(about.title) || undefined,
		citedText: textIn(about.snippet) || textIn(about.text) || textIn(about.content) || undefined,
		sourceId: textIn(id) || undefined,
	};
}
