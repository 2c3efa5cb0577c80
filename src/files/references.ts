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
/** Parts that name a file themselves, in whose place its content can stand. */
const partTypes: ReadonlySet<unknown> = new Set(["input_file", "input_image"]);

/** Members of clients' own making, and of what was said before: a `file_id` in them is no file that is to be read. */
const opaque: ReadonlySet<string> = new Set([
	...["annotations", "arguments", "args", "citations", "contents", "documents", "input_examples", "input_schema"],
	...["json_schema", "metadata", "parameters", "response", "response_format", "schema"],
]);
/** Of a call: its arguments, and what a vendor's tool has found. */
const ofCalls: ReadonlySet<string> = new Set(["input", "outputs", "results"]);
/** What containers have made. */
const madeTypes: ReadonlySet<unknown> = new Set(["bash_code_execution_output", "code_execution_output"]);

/** By which names a body names files. */
export interface FileNames {
	readonly isName: (name: string) => boolean;
	/** Such a name and its colon in JSON, each letter as it is or as an escape. In a text the quotes would be escaped. */
	readonly written: RegExp;
}

const ofContract: ReadonlySet<string> = new Set(["file_id", "file_ids"]);

/** Of operations of the contract. */
export const usualNames: FileNames = {
	isName: (name) => ofContract.has(name),
	written: new RegExp(`"${orEscapes("file_id")}(?:${orEscapes("s")})?"\\s*:`, "g"),
};

/** Of bodies that nobody describes: members such as `input_file_id` and `training_file`, for servers that may ignore case. */
export const passedNames: FileNames = {
	isName: (name) => /^(?:(?:[a-z_]*_)?file_ids?|(?:training|validation)_file)$/i.test(name),
	written: new RegExp(
		`"(?:(?:(?:[a-z_]|\\\\u00[0-9a-f]{2})*${orEscapes("_")})?${orEscapes("file_id")}(?:${orEscapes("s")})?` +
			`|(?:${orEscapes("training")}|${orEscapes("validation")})${orEscapes("_file")})"\\s*:`,
		"gi",
	),
};

/**
 * The ids of all files that the request names: wherever a `file_id` or `file_ids` stands, since vendors add such places, and a file
 * that is overlooked may be another caller's.
 */
export function filesNamedIn(json: Json, names = usualNames): ReadonlySet<string> {
	const ids = new Set<string>();
	collect(json, ids, names);
	return ids;
}

function collect(value: unknown, ids: Set<string>, names: FileNames): void {
	if (Array.isArray(value)) for (const element of value) collect(element, ids, names);
	if (!isObject(value)) return;
	// So does an evaluation name the file of its data.
	if (typeof value.type === "string" && names.isName(value.type)) addIds(value.id, value, ids);
	for (const [name, member] of Object.entries(value)) {
		if (names.isName(name)) addIds(member, value, ids);
		// The names of a prompt's variables are its author's.
		if (name === "variables" && isObject(member)) collect(Object.values(member), ids, names);
		else if (!opaque.has(name) && !(ofCalls.has(name) && isCall(value))) collect(member, ids, names);
	}
}

function addIds(member: unknown, { type }: Json, ids: Set<string>): void {
	if (typeof member === "string" && !madeTypes.has(type)) ids.add(member);
	if (Array.isArray(member)) for (const one of member) if (typeof one === "string") ids.add(one);
}

function orEscapes(letters: string): string {
	return [...letters].map(orEscape).join("");
}

function orEscape(letter: string): string {
	const code = letter.charCodeAt(0).toString(16).padStart(4, "0");
	return `(?:${letter}|\\\\u(?:${code}|${code.toUpperCase()}))`;
}

/** Whether some parser would read a name that another one overlooks, as a later member has its name, or that of what it is in. */
export function isAmbiguous(text: string, names = usualNames): boolean {
	const written = text.match(names.written)?.length ?? 0;
	let read = 0;
	JSON.parse(text, (name, value) => {
		if (names.isName(name)) read += 1;
		return value;
	});
	return written > read;
}

/** A model's call of a tool. */
function isCall({ type }: Json): boolean {
	return typeof type === "string" && /(?:^tool_use|_tool_use|_call)$/.test(type);
}

/**
 * The request with contents in place of ids.
 *
 * @param contents by id; files that are not among them stay as they are, as do those in whose place nothing can stand, such as what
 *   is put into a container
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

/** Every object is asked from the outside in; one that is replaced is not looked into. */
function replaced(value: unknown, replace: (part: Json) => Json): unknown {
	if (Array.isArray(value)) return value.map((element) => replaced(element, replace));
	if (!isObject(value)) return value;
	const other = replace(value);
	if (other !== value) return other;
	const lists = (["content", "output"] as const).filter((name) => Array.isArray(value[name]));
	if (lists.length === 0) return value;
	return { ...value, ...Object.fromEntries(lists.map((name) => [name, replaced(value[name], replace)])) };
}

function fileIdOf(part: Json): string | undefined {
	const { type, file, source, file_id: own } = part;
	if (type === "file" && isObject(file)) return textOf(file.file_id);
	if (isObject(source) && source.type === "file") return textOf(source.file_id);
	return partTypes.has(type) ? textOf(own) : undefined;
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
