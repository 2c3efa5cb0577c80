/** Writes the parts of a multipart body (RFC 7578). */
import type { FormField } from "./form.js";
import type { PartHead } from "./partHead.js";

const lineEnd = "\r\n";

export function fieldPart(boundary: string, { name, value }: FormField): Buffer {
	return Buffer.from(
		`--${boundary}${lineEnd}content-disposition: form-data; name="${escaped(name)}"${lineEnd}${lineEnd}${value}${lineEnd}`,
	);
}

/** What stands before a file's content. `afterFile` follows it. */
export function fileHead(boundary: string, { lines }: PartHead): Buffer {
	return Buffer.from(`--${boundary}${lineEnd}${lines.join(lineEnd)}${lineEnd}${lineEnd}`, "latin1");
}

export const afterFile: Buffer = Buffer.from(lineEnd);

export function lastPart(boundary: string): Buffer {
	return Buffer.from(`--${boundary}--${lineEnd}`);
}

/** As browsers write it (WHATWG HTML, multipart/form-data encoding algorithm). */
function escaped(name: string): string {
	return name.replace(/\r?\n|\r/g, "%0D%0A").replaceAll('"', "%22");
}
