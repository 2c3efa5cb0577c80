/** Where a picture or a file is, as OpenAI's dialects write it: a URL, which may hold the data itself. */
import type { File, Source } from "../../chat/request.js";

const scheme = "data:";

/** RFC 2397, as far as APIs take it: base64 with a media type. */
export function sourceOf(url: string): Source {
	if (!url.startsWith(scheme)) return { url };
	const comma = url.indexOf(",");
	const [mediaType = "", ...parameters] = url.slice(scheme.length, comma).split(";");
	return comma === -1 || parameters.at(-1) !== "base64" ? { url } : { mediaType, data: url.slice(comma + 1) };
}

export function urlOf(source: Source): string | undefined {
	if ("url" in source) return source.url;
	return "data" in source ? `data:${source.mediaType};base64,${source.data}` : undefined;
}

/** A text file, for APIs that have no part for one. @returns undefined for what is none */
export function textOfFile({ source, name }: File): string | undefined {
	if (!("data" in source) || !source.mediaType.startsWith("text/")) return undefined;
	const text = Buffer.from(source.data, "base64").toString();
	return name === undefined ? text : `${name}:\n\n${text}`;
}
