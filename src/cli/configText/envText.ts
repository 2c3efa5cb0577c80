/** Files of environment variables: `NAME=value` lines, as dotenv reads them. */
import type { TextFormat, Value } from "./textFormat.js";

const line = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*(.*)$/;

export const envText: TextFormat = {
	read(text) {
		const found: Record<string, string> = {};
		for (const each of text.split(/\r?\n/)) {
			const [, name, value] = line.exec(each) ?? [];
			if (name !== undefined) found[name] = unquoted(value ?? "");
		}
		return found;
	},
	set(text, [name], value) {
		const written = `${name}=${quoted(value)}`;
		const eol = text.includes("\r\n") ? "\r\n" : "\n";
		const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
		const isSame = (each: string) => line.exec(each)?.[1] === name;
		const at = lines.findIndex(isSame);
		if (at === -1) return [...lines, written, ""].join(eol);
		return [...lines.map((each) => (isSame(each) ? written : each)), ""].join(eol);
	},
};

function unquoted(value: string): string {
	const [, quote, inside] = /^(["'`])(.*?)\1/.exec(value) ?? [];
	if (quote === undefined) return value.replace(/\s+#.*$/, "").trim();
	return inside ?? "";
}

/** Values with nothing special in them are written as they are. */
function quoted(value: Value): string {
	const text = String(value);
	return /^[\w./:@%+=,-]*$/.test(text) ? text : `'${text}'`;
}
