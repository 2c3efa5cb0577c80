/** Custom tools take plain text. Where an API knows only functions, a function with one text stands for each. */

/** The one argument of that function. */
const inputName = "input";

/** JSON Schema of that function's arguments. */
export function customParameters(name: string): Record<string, unknown> {
	const input = { type: "string", description: `The whole input of ${name}, as plain text.` };
	return { type: "object", properties: { [inputName]: input }, required: [inputName], additionalProperties: false };
}

export function customArguments(input: string): string {
	return JSON.stringify({ [inputName]: input });
}

/** The other way round; arguments of another form as they came, since some models write the input itself. */
export function customInput(text: string): string {
	try {
		const parsed: unknown = JSON.parse(text);
		const input =
			typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>)[inputName] : undefined;
		if (typeof input === "string") return input;
	} catch {
		// Not JSON, or not all of it.
	}
	return text;
}

const beginning = /^\s*\{\s*"input"\s*:\s*"/;
/** What `beginning` may still become. */
const partOfBeginning = /^\s*(?:\{\s*(?:"(?:i(?:n(?:p(?:u(?:t(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?$/;
/** Unpacks the input of one call while its arguments come, piece by piece. */
export class CustomInputReader {
	/** What has come and was not passed on. */
	#pending = "";
	#form: "unknown" | "packed" | "plain" | "other" | "over" = "unknown";

	/** @returns the next part of the input, or an empty text */
	push(text: string): string {
		this.#pending += text;
		if (this.#form === "unknown") this.#recognise();
		if (this.#form === "packed") return this.#unpack();
		return this.#form === "plain" ? this.#take() : "";
	}

	/** @returns the rest of the input */
	end(): string {
		if (this.#form === "over" || this.#pending === "") return "";
		const text = this.#take();
		return this.#form === "packed" ? decoded(text.slice(0, wholePart(text).end)) : customInput(text);
	}

	#take(): string {
		const text = this.#pending;
		this.#pending = "";
		return text;
	}

	#recognise(): void {
		const begun = beginning.exec(this.#pending);
		if (begun !== null) {
			this.#form = "packed";
			this.#pending = this.#pending.slice(begun[0].length);
		} else if (!partOfBeginning.test(this.#pending))
			// Another object may have the input elsewhere, and is read when it is whole.
			this.#form = this.#pending.trimStart().startsWith("{") ? "other" : "plain";
	}

	#unpack(): string {
		const { end, isWhole } = wholePart(this.#pending);
		const content = this.#pending.slice(0, end);
		this.#pending = this.#pending.slice(end);
		if (isWhole) this.#form = "over";
		return decoded(content);
	}
}

/** How far the content of a JSON string goes, without a character of which a part is still to come. */
function wholePart(text: string): { end: number; isWhole: boolean } {
	let at = 0;
	while (at < text.length) {
		const character = text[at];
		if (character === '"') return { end: at, isWhole: true };
		if (character !== "\\") {
			if (at + 1 === text.length && isHighHalf(text.charCodeAt(at))) break;
			at += 1;
		} else if (text[at + 1] !== "u") {
			if (at + 2 > text.length) break;
			at += 2;
		} else {
			if (at + 6 > text.length) break;
			const isHalf = isHighHalf(Number.parseInt(text.slice(at + 2, at + 6), 16));
			// A character beyond the basic plane may be escaped in two halves.
			if (isHalf && at + 12 > text.length && "\\u".startsWith(text.slice(at + 6, at + 8))) break;
			at += 6;
		}
	}
	return { end: at, isWhole: false };
}

function isHighHalf(code: number): boolean {
	return code >= 0xd800 && code <= 0xdbff;
}

/** The content of a JSON string, which may hold line breaks that it should not. */
function decoded(content: string): string {
	if (!content.includes("\\") && !/[\x00-\x1f]/.test(content)) return content;
	const escaped = content.replace(
		/[\x00-\x1f]/g,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
	try {
		return JSON.parse(`"${escaped}"`) as string;
	} catch {
		return content;
	}
}
