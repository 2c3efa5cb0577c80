/** `llmw files`: lists, reads, sends and removes one's files at a running gateway. */
import { createWriteStream } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { FormData, fileFrom } from "node-fetch";
import { messageOf, Problems } from "../../errors/problem.js";
import { terminalJson } from "../../logging/terminalText.js";
import type { GatewayApi } from "./gatewayApi.js";
import { allOf, apiOf, pages, removeEach, timeOf } from "./keptRecords.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, wholeNumber } from "./ownOptions.js";

type Flags = Readonly<Record<string, unknown>>;

/** As OpenAI has it. */
interface File {
	readonly id: string;
	readonly created_at: number;
	readonly purpose: string;
	readonly bytes: number;
	readonly expires_at?: number;
	readonly filename: string;
}

const path = "/files";
const usualPurpose = "user_data";

/**
 * @param words the words after `files`: `list`, `get ID`, `put FILE…` or `rm ID…`
 * @param gatewayUrl asked where there is no `--url`
 * @throws Problems
 */
export async function files(words: readonly string[], flags: Flags, gatewayUrl: string, output: Output): Promise<void> {
	const own = optionReader(flags, {});
	const [limit, purpose, to] = [own("limit", wholeNumber), own("purpose", String), own("output", String)];
	const api = apiOf(flags, gatewayUrl, output.note);
	const [action = "list", ...names] = words;
	if (action === "list" && names.length === 0) {
		const found = await allOf(pages<File>(api, path, { purpose, order: "desc" }, limit ?? listedAtMost));
		return printList(found, { ...columns, asJson: flags.json === "true" }, output);
	}
	const [name] = names;
	if (action === "get" && name !== undefined && names.length === 1) return get(api, name, to, output);
	if (action === "put" && names.length > 0) {
		for (const one of names) output.print((await put(api, one, purpose ?? usualPurpose)).id);
		return;
	}
	if (action === "rm" && names.length > 0) return removeEach(api, path, names, output);
	throw new Problems([
		{ where: "files", message: "is followed by list, get ID, put FILE… or rm ID…; see llmw files --help" },
	]);
}

const columns = {
	heads: ["ID", "CREATED", "PURPOSE", "BYTES", "EXPIRES", "NAME"],
	row: ({ id, created_at, purpose, bytes, expires_at, filename }: File) => {
		const expiry = expires_at === undefined ? "–" : timeOf(expires_at);
		return [id, timeOf(created_at), purpose, String(bytes), expiry, filename];
	},
	nothing: "no file is kept that fits",
};

/** Prints what is known of it, or writes its content. @param to a file, or `-` for stdout */
async function get(api: GatewayApi, id: string, to: string | undefined, { print, note }: Output): Promise<void> {
	const own = `${path}/${encodeURIComponent(id)}`;
	if (to === undefined) return print(terminalJson(await api.ask<File>("GET", own), 2));
	const content = await api.read(`${own}/content`);
	if (to === "-") return pipeline(content, process.stdout, { end: false });
	await pipeline(content, createWriteStream(to, { flags: "wx", mode: 0o600 })).catch((error: unknown) => {
		throw new Problems([{ where: to, message: messageOf(error) }]);
	});
	note(`written to ${to}`);
}

async function put(api: GatewayApi, file: string, purpose: string): Promise<File> {
	const form = new FormData();
	form.set("purpose", purpose);
	const content = await fileFrom(file).catch((error: unknown) => {
		throw new Problems([{ where: file, message: messageOf(error) }]);
	});
	form.set("file", content, basename(file));
	return api.ask<File>("POST", path, form);
}
