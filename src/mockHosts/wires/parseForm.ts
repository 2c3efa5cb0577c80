/** Parses a form as a pretending host needs it: texts as what they are in JSON, and the names of files. */
import type { Body } from "./wire.js";

const head = /^\r\nContent-Disposition: form-data;[^\r\n]*? name="([^"]*)"([^\r\n]*)(?:\r\n[^\r\n]+)*\r\n\r\n/i;

/** @param text that begins with the boundary */
export function parseForm(text: string): Body {
	const boundary = text.slice(0, text.indexOf("\r\n"));
	const members = new Map<string, unknown>();
	for (const part of text.split(boundary)) {
		const [whole, name = "", more = ""] = head.exec(part) ?? [];
		if (whole === undefined) continue;
		const [, filename] = /filename="([^"]*)"/.exec(more) ?? [];
		members.set(name.replace(/\[\]$/, ""), filename ?? typed(part.slice(whole.length, -2)));
	}
	return Object.fromEntries(members);
}

function typed(text: string): unknown {
	return /^(?:true|false|\d+)$/.test(text) ? JSON.parse(text) : text;
}
