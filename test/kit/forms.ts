/** Multipart bodies, written byte by byte, and read as a server reads them. */

export const boundary = "----llmw-test";
export const formType = `multipart/form-data; boundary=${boundary}`;

export interface Part {
	name: string;
	value: string | Uint8Array;
	filename?: string;
	type?: string;
}

export function partBytes({ name, value, filename, type }: Part): Buffer {
	const file = filename === undefined ? "" : `; filename="${filename}"`;
	const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n`;
	return Buffer.concat([
		Buffer.from(`${head}${type === undefined ? "" : `Content-Type: ${type}\r\n`}\r\n`),
		Buffer.from(value),
		Buffer.from("\r\n"),
	]);
}

export const lastBoundary: Buffer = Buffer.from(`--${boundary}--\r\n`);

export function formBytes(parts: readonly Part[]): Buffer {
	return Buffer.concat([...parts.map(partBytes), lastBoundary]);
}

export const audioFile = (value: string | Uint8Array): Part => ({
	name: "file",
	value,
	filename: "speech.wav",
	type: "audio/wav",
});

export function postForm(
	url: string,
	body: Uint8Array,
	headers: Record<string, string> = {},
	path = "/v1/audio/transcriptions",
): Promise<Response> {
	return fetch(`${url}${path}`, { method: "POST", headers: { "content-type": formType, ...headers }, body });
}

/** What a server of forms reads in a body that it got. */
export async function partsIn(body: Buffer, contentType: string | undefined): Promise<[string, unknown][]> {
	const form = await new Response(body, { headers: { "content-type": contentType ?? "" } }).formData();
	const parts: [string, unknown][] = [];
	for (const [name, value] of form) {
		if (typeof value === "string") parts.push([name, value]);
		else parts.push([name, { filename: value.name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) }]);
	}
	return parts;
}
