/** Citations of Converse's texts, into the neutral model. */
import { type Citation, type DocumentPlace, hasSource } from "../../chat/citations.js";
import type { Text } from "../../chat/request.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { numberIn } from "../openai/members.js";

const units: Readonly<Record<string, DocumentPlace["unit"]>> = {
	documentChar: "char",
	documentPage: "page",
	documentChunk: "block",
	searchResultLocation: "result",
};

/** @param block texts, and what all of them come from */
export function readCitedText({ content, citations }: Json): Text {
	const text = textsIn(content).join("");
	return { type: "text", text, citations: readCitations(listIn(citations)) };
}

export function readCitations(given: readonly unknown[]): Citation[] {
	return given.filter(isObject).map(readCitation).filter(hasSource);
}

function readCitation({ title, source, sourceContent, location }: Json): Citation {
	const given = isObject(location) ? location : {};
	const web = isObject(given.web) ? given.web : {};
	const name = textIn(source);
	const isUrl = /^https?:/.test(name);
	const document = documentIn(given);
	return {
		url: textIn(web.url) || (isUrl ? name : undefined),
		title: textIn(title) || textIn(web.domain) || undefined,
		citedText: textsIn(sourceContent).join("") || undefined,
		sourceId: isUrl ? undefined : name || undefined,
		...(document === undefined ? {} : { document }),
		place: "block",
	};
}

function documentIn(location: Json): DocumentPlace | undefined {
	for (const [name, unit] of Object.entries(units)) {
		const place = location[name];
		if (!isObject(place)) continue;
		const index = numberIn(place.documentIndex) ?? numberIn(place.searchResultIndex) ?? 0;
		return { unit, index, start: numberIn(place.start) ?? 0, end: numberIn(place.end) ?? 0 };
	}
	return undefined;
}

function textsIn(list: unknown): string[] {
	return listIn(list)
		.filter(isObject)
		.map(({ text }) => textIn(text));
}
