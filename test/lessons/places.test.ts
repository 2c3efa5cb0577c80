/** Members spliced out of the bytes of a request. */
import { expect, test } from "vitest";
import { withoutPlaces } from "../../src/json/withoutPlaces.js";

const cut = (text: string, ...places: string[]) =>
	withoutPlaces(
		Buffer.from(text),
		places.map((place) => place.split("/")),
	).toString();

test.each([
	['{"a":1,"b":2,"c":3}', ["a"], '{"b":2,"c":3}'],
	['{"a":1,"b":2,"c":3}', ["b"], '{"a":1,"c":3}'],
	['{"a":1,"b":2,"c":3}', ["c"], '{"a":1,"b":2}'],
	['{"a":1,"b":2,"c":3}', ["a", "b"], '{"c":3}'],
	['{"a":1,"b":2,"c":3}', ["b", "c"], '{"a":1}'],
	['{"a":1,"b":2,"c":3}', ["a", "c"], '{"b":2}'],
	['{"a":1,"b":2,"c":3}', ["a", "b", "c"], "{}"],
	['{ "a" : 1 ,\n "b" : [ 1.50e1, "}" ] , "c":{} }', ["a"], '{ "b" : [ 1.50e1, "}" ] , "c":{} }'],
	['{ "a" : 1 ,\n "b" : 2 }', ["b"], '{ "a" : 1 }'],
	['[{"s":1,"t":2},{"t":3},{"t":2,"s":1}]', ["0/s", "2/s"], '[{"t":2},{"t":3},{"t":2}]'],
	['{"l":["x","y","z"]}', ["l/0", "l/1"], '{"l":["z"]}'],
	['{"l":["x","y","z"]}', ["l/0", "l/1", "l/2"], '{"l":[]}'],
	['{"\\u0061":1,"b":{"a":"\\u00e9\\\\","c":2}}', ["a", "b/c"], '{"b":{"a":"\\u00e9\\\\"}}'],
	['{"a":{"b":{"c":1}},"d":2}', ["a/b/c", "a"], '{"d":2}'],
	['{"a":1,"a":2,"b":3}', ["a"], '{"b":3}'],
	['{"a":1}', ["b", "a/c", "0"], '{"a":1}'],
	["[]", ["0"], "[]"],
	["7", ["a"], "7"],
	[' {"a":{} , "b":[ ] } ', ["a/x", "b/0"], ' {"a":{} , "b":[ ] } '],
])("%s without %j is %s", (text, places, expected) => {
	expect(cut(text, ...places)).toBe(expected);
});

test("whatever is cut, the rest is what JSON.parse makes of it", () => {
	const names = ["a", "b", "c", "d"];
	for (let mask = 0; mask < 1 << names.length; mask += 1) {
		const places = names.filter((_name, bit) => mask & (1 << bit));
		const whole: Record<string, unknown> = { a: [1, { b: "," }], b: '"{', c: null, d: { e: [] } };
		const rest = Object.fromEntries(Object.entries(whole).filter(([name]) => !places.includes(name)));
		expect(JSON.parse(cut(JSON.stringify(whole, null, 2), ...places))).toEqual(rest);
	}
});
