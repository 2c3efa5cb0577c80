/** Patterns in which `*` stands for any text, also none. */

export type Matches = (text: string) => boolean;

/** A pattern as a function. Each piece between the stars is searched once, so no text takes it more than that. */
export function compilePattern(pattern: string): Matches {
	if (!isPattern(pattern)) return (text) => text === pattern;
	const pieces = pattern.split("*");
	const first = pieces[0] ?? "";
	const last = pieces.at(-1) ?? "";
	const between = pieces.slice(1, -1).filter((piece) => piece !== "");
	const leastLength = first.length + last.length;
	if (leastLength === 0 && between.length === 0) return () => true;
	return (text) => {
		if (text.length < leastLength || !text.startsWith(first) || !text.endsWith(last)) return false;
		const end = text.length - last.length;
		let from = first.length;
		for (const piece of between) {
			const found = text.indexOf(piece, from);
			if (found === -1) return false;
			from = found + piece.length;
		}
		return from <= end;
	};
}

/** Whether any of the patterns matches. */
export function compilePatterns(patterns: readonly string[]): Matches {
	const [only] = patterns;
	if (only !== undefined && patterns.length === 1) return compilePattern(only);
	const names = new Set(patterns.filter((pattern) => !isPattern(pattern)));
	const others = patterns.filter(isPattern).map(compilePattern);
	return (text) => names.has(text) || others.some((matches) => matches(text));
}

export function isPattern(text: string): boolean {
	return text.includes("*");
}

/** Whether it is nothing but stars. */
export function isCatchAll(pattern: string): boolean {
	return /^\*+$/.test(pattern);
}

/** What each star of a pattern stands for in a text; undefined if the text doesn't match. Each takes as little as it can. */
export function captureStars(pattern: string, text: string): string[] | undefined {
	const [first = "", ...rest] = pattern.split("*");
	if (!text.startsWith(first)) return undefined;
	const captured: string[] = [];
	let from = first.length;
	for (const [index, piece] of rest.entries()) {
		const isLast = index === rest.length - 1;
		const at = isLast ? text.length - piece.length : text.indexOf(piece, from);
		if (at < from || !text.startsWith(piece, at)) return undefined;
		captured.push(text.slice(from, at));
		from = at + piece.length;
	}
	return from === text.length ? captured : undefined;
}

export function countStars(pattern: string): number {
	return pattern.split("*").length - 1;
}

/** Puts a text instead of each star. */
export function fillStars(pattern: string, texts: readonly string[]): string {
	return pattern
		.split("*")
		.map((piece, index) => piece + (texts[index] ?? ""))
		.join("");
}
