/** Pictures, documents, videos and recordings as Converse takes them: as bytes, or where they are in S3. */
import type { Audio, File, Image, Source } from "../../chat/request.js";
import type { Json } from "../dialect.js";

/** Kinds of blocks, and their formats by media type and by a file's ending. */
const documents: Readonly<Record<string, string>> = {
	"application/pdf": "pdf",
	"text/csv": "csv",
	"text/html": "html",
	"text/markdown": "md",
	"application/json": "txt",
	"application/msword": "doc",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
	"application/vnd.ms-excel": "xls",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
};
const videos: Readonly<Record<string, string>> = {
	"video/mp4": "mp4",
	"video/quicktime": "mov",
	"video/x-matroska": "mkv",
	"video/webm": "webm",
	"video/x-flv": "flv",
	"video/mpeg": "mpeg",
	"video/x-ms-wmv": "wmv",
	"video/3gpp": "three_gp",
};
const images: Readonly<Record<string, string>> = {
	"image/png": "png",
	"image/jpeg": "jpeg",
	"image/jpg": "jpeg",
	"image/gif": "gif",
	"image/webp": "webp",
};
const endings: Readonly<Record<string, string>> = { jpg: "jpeg", "3gp": "three_gp", markdown: "md", htm: "html" };

type Kind = "image" | "document" | "video";

/** @returns undefined for what Converse can't be sent */
export function writeMedia(part: Image | File): Json | undefined {
	const found = kindOf(part.source);
	if (found === undefined || (part.type === "image" && found.kind !== "image")) return undefined;
	const { kind, format } = found;
	const named = kind === "document" && part.type === "file" ? documentFields(part) : {};
	const source = "data" in part.source ? { bytes: part.source.data } : { s3Location: { uri: uriOf(part.source) } };
	return { [kind]: { format, ...named, source } };
}

function documentFields({ name, isToBeCited }: File): Json {
	return { name: documentName(name), ...(isToBeCited ? { citations: { enabled: true } } : {}) };
}

export function writeAudio({ data, format }: Audio): Json {
	return { audio: { format, source: { bytes: data } } };
}

function uriOf(source: Source): string {
	return "url" in source ? source.url : "";
}

function kindOf(source: Source): { kind: Kind; format: string } | undefined {
	if ("data" in source) return kindOfType((source.mediaType.split(";")[0] ?? "").trim().toLowerCase());
	const ending = /^s3:\/\/.+\.([a-z0-9]+)$/i.exec(uriOf(source))?.[1]?.toLowerCase();
	if (ending === undefined) return undefined;
	const format = endings[ending] ?? ending;
	for (const [kind, formats] of kinds) if (Object.values(formats).includes(format)) return { kind, format };
	return undefined;
}

function kindOfType(type: string): { kind: Kind; format: string } | undefined {
	for (const [kind, formats] of kinds) {
		const format = formats[type];
		if (format !== undefined) return { kind, format };
	}
	return type.startsWith("text/") ? { kind: "document", format: "txt" } : undefined;
}

const kinds: readonly (readonly [Kind, Readonly<Record<string, string>>])[] = [
	["image", images],
	["document", documents],
	["video", videos],
];

const mostCharacters = 200;

/** Letters, digits, single spaces, hyphens, parentheses and brackets are all that a document's name may have. */
function documentName(name: string | undefined): string {
	const plain = (name ?? "")
		.replace(/\.[a-z0-9]{1,5}$/i, "")
		.replace(/[^a-zA-Z0-9()[\]-]+/g, " ")
		.trim();
	return plain === "" ? "document" : plain.slice(0, mostCharacters).trim();
}

/** Documents of one request have names of their own: Converse refuses one that comes twice. */
export function nameApart(documents: readonly { name: string }[]): void {
	/** Each with the highest number that was put after it. */
	const taken = new Map<string, number>();
	for (const document of documents) {
		const { name } = document;
		let number = taken.get(name) ?? 1;
		while (taken.has(document.name)) {
			number += 1;
			const suffix = ` ${number}`;
			document.name = name.slice(0, mostCharacters - suffix.length) + suffix;
		}
		taken.set(document.name, 1).set(name, number);
	}
}
