import fc from "fast-check";
import { expect, test } from "vitest";
import { hashText, mixHashes, unitOf } from "../../src/upstream/routing/hash.js";

/** Sum of squared deviations from an even spread over 64 bins; 63 is usual, more than 115 comes once in 20000 times. */
function unevenness(units: number[]): number {
	const bins = Array<number>(64).fill(0);
	for (const unit of units) bins[Math.floor(unit * 64)] = (bins[Math.floor(unit * 64)] ?? 0) + 1;
	const even = units.length / 64;
	return bins.reduce((sum, count) => sum + (count - even) ** 2 / even, 0);
}

const many = Array.from({ length: 64_000 }, (_unused, at) => at);

test.each<[string, (at: number) => string]>([
	["numbers", (at) => String(at)],
	["names that differ in their last digits", (at) => `session-of-a-caller-${at}`],
	["long texts that differ in the middle", (at) => `${"x".repeat(300)}${at}${"y".repeat(300)}`],
	["other alphabets", (at) => `${String.fromCharCode(0x4e00 + (at % 20_000))}${Math.floor(at / 20_000)}`],
])("hashes of %s are spread evenly and differ", (_what, text) => {
	const hashes = many.map((at) => hashText(text(at)));
	expect(unevenness(hashes.map(unitOf))).toBeLessThan(115);
	// 64000 random hashes of 32 bits have about 0.5 pairs alike.
	expect(new Set(hashes).size).toBeGreaterThan(many.length - 6);
});

test("mixed with a name they are spread evenly anew, whatever they were", () => {
	const name = hashText("upstream/model");
	expect(unevenness(many.map((at) => unitOf(mixHashes(hashText(`${at}`), name))))).toBeLessThan(115);
	expect(unevenness(many.map((at) => unitOf(mixHashes(at, name))))).toBeLessThan(115);
	expect(mixHashes(1, 2)).not.toBe(mixHashes(2, 1));
});

test("each bit of the text changes about half of the hash", () => {
	let changed = 0;
	for (const at of many.slice(0, 1000)) {
		const text = `prompt ${at}`;
		const other = text.slice(0, 3) + String.fromCharCode(text.charCodeAt(3) ^ 1) + text.slice(4);
		changed += (hashText(text) ^ hashText(other)).toString(2).replaceAll(/[^1]/g, "").length;
	}
	expect(changed / 1000).toBeGreaterThan(13);
	expect(changed / 1000).toBeLessThan(19);
});

test("the same text has the same hash, whatever was hashed before", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary", maxLength: 50 }), fc.string({ maxLength: 50 }), (text, other) => {
			const before = hashText(text);
			hashText(other);
			expect(hashText(text)).toBe(before);
			expect(unitOf(before)).toBeGreaterThan(0);
			expect(unitOf(before)).toBeLessThan(1);
		}),
	);
});

test("all of a long text counts", () => {
	const text = "你好".repeat(20_000);
	const hashes = [text, `${text}x`, `x${text}`, text.slice(0, -1), `${text.slice(0, 20_000)}y${text.slice(20_001)}`];
	expect(new Set(hashes.map(hashText)).size).toBe(hashes.length);
});
