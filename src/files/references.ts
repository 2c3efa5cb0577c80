/** Files that a request names by id: where they stand, and what stands there once their content is known. */
import { isObject } from "../json/isObject.js";

type Json = Record<string, unknown>;

/** A file's content, to be put into a request. */
export interface FileContent {
	readonly filename: string;
	readonly mediaType: string;
	readonly bytes: Buffer;
}

/** Members that hold what is said, in OpenAI's and Anthropic's requests. */
const spoken = ["messages", "input", "system"] as const;
/** Parts that name a file themselves. */
const partTypes: ReadonlySet<unknown> = new Set(["input_file", "input_image", "container_upload"]);

/** The ids of files that the request's parts name. */
export function filesNamedIn(json: Json): ReadonlySet<string> {
	const ids = new Set<string>();
	for (const member of spoken)
		replaced(json[member], (part) => {
			const id = fileIdOf(part);
			if (id !== undefined) ids.add(id);
			return part;
		});
	for (const id of filesOfTools(json.tools)) ids.add(id);
	return ids;
}

/**
 * The request with contents in place of ids.
 *
 * @param contents by id; files that are not among them stay as they are
 */
export function withContents(json: Json, contents: ReadonlyMap<string, FileContent>): Json {
	const put = (part: Json): Json => {
		const id = fileIdOf(part);
		const content = id === undefined ? undefined : contents.get(id);
		return content === undefined ? part : partWith(part, content);
	};
	const members = spoken.flatMap((member) =>
		json[member] === undefined ? [] : [[member, replaced(json[member], put)]],
	);
	return { ...json, ...Object.fromEntries(members) };
}

/** Parts that put a file into a container, and files of tools: nothing can stand in place of their ids. */
export function filesForContainers(json: Json): ReadonlySet<string> {
	const ids = new Set(filesOfTools(json.tools));
	replaced(json.messages, (part) => {
		if (part.type === "container_upload" && typeof part.file_id === "string") ids.add(part.file_id);
		return part;
	});
	return ids;
}

/** Every object is asked from the outside in; one that is replaced is not looked into. */
function replaced(value: unknown, replace: (part: Json) => Json): unknown {
	if (Array.isArray(value)) return value.map((element) => replaced(element, replace));
	if (!isObject(value)) return value;
	const other = replace(value);
	if (other !== value) return other;
	const content = value.content ?? value.output;
	if (!Array.isArray(content)) return value;
	return { ...value, [value.content === undefined ? "output" : "content"]: replaced(content, replace) };
}

function fileIdOf(part: Json): string | undefined {
	const { type, file, source, file_id: own } = part;
	if (type === "file" && isObject(file)) return textOf(file.file_id);
	if (isObject(source) && source.type === "file") return textOf(source.file_id);
	return partTypes.has(type) ? textOf(own) : undefined;
}

/** Of code interpreters, whose containers are given files. */
function filesOfTools(tools: unknown): string[] {
	if (!Array.isArray(tools)) return [];
	return tools.flatMap((tool) => {
		const ids = isObject(tool) && isObject(tool.container) ? tool.container.file_ids : undefined;
		return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
	});
}

function partWith(part: Json, content: FileContent): Json {
	const { filename, mediaType, bytes } = content;
	const isText = isTextType(mediaType);
	const { type, source, file: _file, file_id: _id, ...others } = part;
	if (isObject(source)) {
		const data = isText
			? { type: "text", media_type: "text/plain", data: bytes.toString() }
			: { type: "base64", media_type: mediaType, data: bytes.toString("base64") };
		return { ...part, source: data };
	}
	const url = () => `data:${mediaType};base64,${bytes.toString("base64")}`;
	if (type === "file") {
		if (isText) return { ...others, type: "text", text: bytes.toString() };
		if (mediaType.startsWith("image/")) return { ...others, type: "image_url", image_url: { url: url() } };
		return { ...others, type, file: { filename, file_data: url() } };
	}
	if (isText) return { type: "input_text", text: bytes.toString() };
	if (mediaType.startsWith("image/")) return { ...others, type: "input_image", image_url: url() };
	return { ...others, type: "input_file", filename, file_data: url() };
}

const texts: ReadonlySet<string> = new Set([
	"application/json",
	"application/xml",
	"application/yaml",
	"application/jsonl",
]);

function isTextType(mediaType: string): boolean {
	return mediaType.startsWith("text/") || texts.has(mediaType);
}

const typesByEnding: Readonly<Record<string, string>> = {
	pdf: "application/pdf",
	png: "image/png",
	jpg: "image/jpeg",
	jpeg: "image/jpeg",
	gif: "image/gif",
	webp: "image/webp",
	txt: "text/plain",
	md: "text/markdown",
	csv: "text/csv",
	html: "text/html",
	json: "application/json",
	jsonl: "application/jsonl",
	xml: "application/xml",
	yaml: "application/yaml",
};
const unknownType = "application/octet-stream";

/** The media type as its client has said it, else as the name's ending says. */
export function mediaTypeOf(filename: string, said: string): string {
	const [type = unknownType] = said.split(";");
	if (type !== unknownType) return type.trim().toLowerCase();
	return typesByEnding[filename.slice(filename.lastIndexOf(".") + 1).toLowerCase()] ?? unknownType;
}

function textOf(value: unknown): string | undefined {
	return typeof value === "string" ? value : undefined;
}
