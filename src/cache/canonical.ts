/** JSON in one form: equal for values that differ in the order of their members alone. */

export interface Canonical {
	readonly text: string;
	/** Of all objects in it. */
	readonly members: number;
	/** It holds a number that a double can't, so that others have the same form. */
	readonly isRounded: boolean;
}

/** @param leftOut names of members of the value itself that don't count */
export function canonical(value: unknown, leftOut: ReadonlySet<string> = nothing): Canonical {
	const writer = new Writer();
	const text = writer.write(value, leftOut);
	return { text, members: writer.members, isRounded: writer.isRounded };
}

const nothing: ReadonlySet<string> = new Set();

class Writer {
	members = 0;
	isRounded = false;

	/** Bodies are no deeper than the contract lets them be. */
	write(value: unknown, leftOut: ReadonlySet<string>): string {
		// One that is too large for a double is infinite.
		if (typeof value === "number")
			this.isRounded ||= !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
		if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
		if (Array.isArray(value)) return `[${value.map((item) => this.write(item, nothing)).join(",")}]`;
		const isThere = (name: string) => (value as Record<string, unknown>)[name] !== undefined;
		const names = Object.keys(value).filter(isThere).sort();
		this.members += names.length;
		const kept = names.filter((name) => !leftOut.has(name));
		const members = kept.map(
			(name) => `${JSON.stringify(name)}:${this.write((value as Record<string, unknown>)[name], nothing)}`,
		);
		for (const name of names) if (leftOut.has(name)) this.write((value as Record<string, unknown>)[name], nothing);
		return `{${members.join(",")}}`;
	}
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** Members of all objects in JSON that is well formed, those that come twice among them: an object keeps one of those. */
export function countMembers(pieces: readonly Buffer[]): number {
	let count = 0;
	let isInText = false;
	let isEscaped = false;
	for (const piece of pieces)
		for (const byte of piece) {
			if (isEscaped) isEscaped = false;
			else if (byte === quote) isInText = !isInText;
			else if (isInText) isEscaped = byte === backslash;
			else if (byte === colon) count += 1;
		}
	return count;
}
