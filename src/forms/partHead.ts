/** The head of one part of a multipart body (RFC 7578 §4), read strictly: no upstream is to read another name in it. */
import { wrongForm } from "./formErrors.js";

export interface PartHead {
	readonly name: string;
	/** Without a path; undefined for a field. */
	readonly filename: string | undefined;
	/** The media type, without parameters. */
	readonly type: string | undefined;
	/** Its lines as they came, each byte a character. */
	readonly lines: readonly string[];
}

type Headers = Readonly<Record<string, readonly string[]>>;

const disposition = /^form-data((?:\s*;\s*[\w*-]+=(?:"(?:[^"\\]|\\.)*"|[^\s;"]+))+)\s*$/i;
const parameters = /;\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g;
const maxNameLength = 200;

/** @param headers names in lower case; each character of a value is a byte @throws GatewayError 400 */
export function readPartHead(headers: Headers | undefined): PartHead {
	const [written, ...others] = headers?.["content-disposition"] ?? [];
	const [, list] = disposition.exec(written ?? "") ?? [];
	if (headers === undefined || list === undefined || others.length > 0)
		throw wrongForm('A part of the body has no valid content-disposition: form-data; name="…" (RFC 7578 §4.2).');
	const named = new Map<string, string>();
	for (const [, key = "", quoted, plain] of list.matchAll(parameters)) {
		const known = key.toLowerCase();
		// RFC 7578 §4.2 has no such name; where it is read all the same, it is another part's.
		if (known.startsWith("name*")) throw wrongForm(`A part of the body has a parameter ${known}.`);
		if (named.has(known)) throw wrongForm(`A part of the body has two parameters ${known}.`);
		named.set(known, textOf(quoted?.replace(/\\(["\\])/g, "$1") ?? plain ?? ""));
	}
	const name = named.get("name") ?? "";
	if (name === "" || name.length > maxNameLength)
		throw wrongForm(`Each part of the body must have a name of 1 to ${maxNameLength} characters.`);
	const filename = named.get("filename")?.replace(/^.*[/\\]/, "");
	const type = headers["content-type"]?.[0]?.split(";")[0]?.trim().toLowerCase();
	if (type?.startsWith("multipart/")) throw wrongForm("A part of the body is multipart itself.", name);
	const isFile = filename !== undefined || named.has("filename*") || type === "application/octet-stream";
	return { name, filename: isFile ? (filename ?? "") : undefined, type, lines: linesOf(headers) };
}

function linesOf(headers: Headers): string[] {
	return Object.entries(headers).flatMap(([name, values]) => values.map((value) => `${name}: ${value}`));
}

function textOf(bytes: string): string {
	return Buffer.from(bytes, "latin1").toString();
}
