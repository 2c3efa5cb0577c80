/** The token of another issuer that a workload shows for one of Google's: in a file, or at an address. */
import { readFile } from "node:fs/promises";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { askIssuer, type Issuers } from "../tokenEndpoint.js";

/** `credential_source` of an external account. */
export interface CredentialSource {
	readonly file?: unknown;
	readonly url?: unknown;
	readonly headers?: unknown;
	/** Text by default; or the member of a JSON object. */
	readonly format?: unknown;
}

/** Read anew for each exchange, since it is written anew before it expires. @throws Error */
export async function subjectToken(
	{ file, url, headers, format }: CredentialSource,
	issuers: Issuers,
): Promise<string> {
	if (typeof file === "string") return tokenIn(await textOf(file), format, file);
	if (typeof url === "string") {
		const shown = isObject(headers) ? (headers as Record<string, string>) : {};
		const { status, text } = await askIssuer({ url, headers: shown, issuers });
		if (status !== 200) throw new Error(`the \`credential_source\` ${url} answered with ${status}`);
		return tokenIn(text, format, url);
	}
	throw new Error("the `credential_source` is neither a file nor a URL: use `vertex.tokenCommand` for it");
}

async function textOf(file: string): Promise<string> {
	try {
		return await readFile(file, "utf8");
	} catch (error) {
		throw new Error(`can't read the \`credential_source\` ${file} (${(error as NodeJS.ErrnoException).code})`);
	}
}

function tokenIn(text: string, format: unknown, place: string): string {
	const isJson = isObject(format) && format.type === "json";
	const token = isJson ? parseObject(text)?.[String(format.subject_token_field_name)] : text.trim();
	if (typeof token === "string" && token !== "") return token;
	throw new Error(`the \`credential_source\` ${place} holds no token`);
}
