/** YAML files, by the `yaml` package's documents, which keep comments. */
import { type Document, parseDocument } from "yaml";
import { FormatError, type TextFormat } from "./textFormat.js";

export const yamlText: TextFormat = {
	read: (text) => parsed(text).toJS() ?? {},
	set(text, path, value) {
		const document = parsed(text);
		document.setIn(path, document.createNode(value));
		// Lists stand as they stood in the file.
		return document.toString({ lineWidth: 0, indentSeq: !/^([ \t]*)[^\s#-][^\n]*:[ \t]*\r?\n\1- /m.test(text) });
	},
};

function parsed(text: string): Document {
	const document = parseDocument(text);
	const [error] = document.errors;
	if (error !== undefined)
		throw new FormatError(error.message.split("\n")[0]?.replace(/ at line .*/, "") ?? "", error.pos[0]);
	return document;
}
