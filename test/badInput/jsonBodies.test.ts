/** What RFC 8259 refuses is a 400 that never reaches the upstream; what it accepts arrives there byte for byte. */
import { describe, expect, test } from "vitest";
import { postChat } from "../kit/gateway.js";
import {
	acceptedNumbers,
	acceptedStrings,
	acceptedStructures,
	noUtf8,
	refusedBytes,
	refusedLiterals,
	refusedNumbers,
	refusedStrings,
	refusedStructures,
} from "./jsonTexts.js";
import { expectRefusal, pairForAll, refusalOf, shown, testHealthAfterwards } from "./pair.js";

const pair = pairForAll();

const complete = '"model":"m","max_tokens":5,"temperature":0.5';
const messages = '"messages":[{"role":"user","content":"Hello AI"}]';
const valid = `{${messages},${complete}}`;

const join = (...parts: (string | Buffer)[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const named = <T extends string | Buffer>(values: readonly T[]) =>
	values.map((value) => [shown(value), value] as const);

async function post(body: string | Buffer) {
	const response = await postChat(pair.gateway.baseUrl, Buffer.from(body as string));
	return { response, arrivals: pair.arrivals() };
}

async function expectRefused(body: string | Buffer): Promise<void> {
	const { response, arrivals } = await post(body);
	expectRefusal(await refusalOf(response), 400);
	expect(arrivals).toEqual([]);
}

async function expectUnchanged(body: string | Buffer): Promise<void> {
	const { response, arrivals } = await post(body);
	expect(response.status, await response.text()).toBe(200);
	expect(arrivals.map((arrival) => arrival.body.equals(Buffer.from(body as string)))).toEqual([true]);
}

/** The body up to its last brace, the defaults, and what was after that place. */
async function expectDefaultsAppended(body: string, defaults: object): Promise<void> {
	const { response, arrivals } = await post(body);
	expect(response.status, await response.text()).toBe(200);
	const sent = arrivals[0]?.body.toString() ?? "";
	const brace = body.lastIndexOf("}");
	expect(sent.slice(0, brace)).toBe(body.slice(0, brace));
	const rest = body.slice(brace);
	expect(sent.slice(sent.length - rest.length)).toBe(rest);
	const members = sent.slice(brace, sent.length - rest.length);
	expect(members).toMatch(/^,/);
	expect(JSON.parse(`{${members.slice(1)}}`)).toEqual(defaults);
}

describe("a value that is not JSON is refused", () => {
	test.each([
		...named(refusedNumbers),
		...named(refusedLiterals),
		...named(refusedStrings),
		...named(refusedStructures),
		...named(refusedBytes),
	])("%s", async (_name, value) => {
		await expectRefused(join(`{${messages},${complete},"x":`, value, "}"));
	});
});

describe("bytes that are not UTF-8 are refused outside of strings too", () => {
	test.each(named(noUtf8.slice(-30).map((bytes) => Buffer.from(bytes))))("%s", async (_name, bytes) => {
		await expectRefused(join(valid, bytes));
		await expectRefused(join(bytes, valid));
	});
});

describe("a body that breaks off is refused, wherever it does", () => {
	const body = `{${messages},"x":[1.5e3,"\\u00e9\\n",{"a":null}],"y":true}`;
	test.each([...body].map((_, length) => [length, body.slice(0, length)] as const))("after %i bytes", (_length, text) =>
		expectRefused(text),
	);
});

describe("a body with a foreign byte in it is refused, wherever it is", () => {
	const body = Buffer.from(`{${messages},"x":[-1.5e3,"\\u00e9"]}`);
	const put = (at: number, byte: number) => Buffer.concat([body.subarray(0, at), Buffer.of(byte), body.subarray(at)]);
	const places = Array.from({ length: body.length + 1 }, (_, at) => at);
	test.each([
		["NUL", 0x00],
		["a vertical tab", 0x0b],
		["an escape character", 0x1b],
		["0xff", 0xff],
		["a lone continuation byte", 0x80],
	])("%s", async (_name, byte) => {
		for (const at of places) await expectRefused(put(at, byte));
	});
});

describe("a body that is no JSON object is refused", () => {
	const utf16 = (text: string) => Buffer.from(text, "utf16le");
	const swapped = (text: string) => utf16(text).swap16();
	const utf32 = (text: string) => Buffer.concat([...text].map((letter) => Buffer.of(letter.charCodeAt(0), 0, 0, 0)));
	test.each<[string, string | Buffer]>([
		...["", " ", "\n", "\t\r\n ", "\0", "null", "true", "false", "0", "1e5", '""', '"a"', "[]", "[{}]"].map(
			(text): [string, string] => [JSON.stringify(text), text],
		),
		["an array around a valid one", `[${valid}]`],
		["a string around a valid one", JSON.stringify(valid)],
		["two objects", `${valid}${valid}`],
		["two objects with a space between", `${valid} ${valid}`],
		["lines of objects", `${valid}\n${valid}\n`],
		["a JSON text sequence (RFC 7464)", `\x1e${valid}\n`],
		["a closing brace too many", `${valid}}`],
		["a bracket too many", `${valid}]`],
		["a comma after it", `${valid},`],
		["a semicolon after it", `${valid};`],
		["a comment before", `/* x */${valid}`],
		["a comment after it", `${valid} // x`],
		["a NUL after it", `${valid}\0`],
		["a substitute character after it", `${valid}\x1a`],
		["a prefix against script inclusion", `)]}',\n${valid}`],
		["a function call", `callback(${valid})`],
		["an assignment", `x=${valid}`],
		["a form", "model=m&messages=x"],
		["a multipart body", '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'],
		["XML", "<messages><message/></messages>"],
		["YAML", "messages:\n- role: user\n  content: x\n"],
		["an event stream", `data: ${valid}\n\n`],
		["a HTTP request", `POST /v1/chat/completions HTTP/1.1\r\n\r\n${valid}`],
		["a UTF-8 byte order mark", `\ufeff${valid}`],
		["two byte order marks", `\ufeff\ufeff${valid}`],
		["a byte order mark after it", `${valid}\ufeff`],
		["nothing but a byte order mark", "\ufeff"],
		["UTF-16, little endian", utf16(valid)],
		["UTF-16, little endian, with its mark", utf16(`\ufeff${valid}`)],
		["UTF-16, big endian", swapped(valid)],
		["UTF-16, big endian, with its mark", swapped(`\ufeff${valid}`)],
		["UTF-32", utf32(valid)],
		["UTF-7", valid.replace("Hello", "+AEg-ello").replaceAll('"', "+ACI-")],
		["EBCDIC braces", Buffer.from([0xc0, 0xd0])],
		[
			"gzip without its content-encoding",
			Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
		],
		["MessagePack", Buffer.from([0x81, 0xa1, 0x61, 0x01])],
		["CBOR", Buffer.from([0xa1, 0x61, 0x61, 0x01])],
	])("%s", (_name, body) => expectRefused(body));
});

describe("a value that is JSON arrives unchanged", () => {
	test.each([...named(acceptedNumbers), ...named(acceptedStrings), ...named(acceptedStructures)])(
		"%s",
		async (_name, value) => {
			await expectUnchanged(`{${messages},${complete},"x":${value}}`);
			await expectDefaultsAppended(`{"x":${value},${messages}}`, {
				model: "TheBloke/Mistral-7B-Instruct-v0.2-AWQ",
				max_tokens: 128,
				temperature: 0.7,
			});
		},
	);
});

describe("text in a message arrives unchanged", () => {
	test.each(named(acceptedStrings))("%s", (_name, text) =>
		expectUnchanged(`{"messages":[{"role":"user","content":${text}}],${complete}}`),
	);
});

const escaped = (name: string) =>
	[...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
const indented = (indent: string | number) => JSON.stringify(JSON.parse(valid), null, indent);

describe("spelling and spacing of the whole body arrive unchanged", () => {
	const white = ["", " ", "\t", "\n", "\r", "\r\n", " \t\r\n ", "\n".repeat(1000)];
	const spaced = (space: string) => valid.replace(/[{}[\]:,]/g, `${space}$&${space}`);
	test.each(
		named([
			...white.flatMap((before) => white.map((after) => `${before}${valid}${after}`)),
			...white.map(spaced),
			...[1, 2, 3, 4, 8, "\t", "\r\n"].map((indent) => indented(indent)),
			valid.replace('"messages"', `"${escaped("messages")}"`),
			valid.replace('"messages"', '"m\\u0065ssages"'),
			valid.replace('"model":"m"', `"${escaped("model")}":"${escaped("m")}"`),
			valid.replace('"max_tokens"', '"max\\u005Ftokens"').replace('"temperature"', `"${escaped("temperature")}"`),
			valid.replace('"role":"user"', '"\\u0072ole":"use\\u0072"'),
			`{${complete},${messages}}`,
			`{"x":1,"x":2,${messages},${complete},"x":3}`,
			`{"__proto__":{"model":"x"},${messages},${complete}}`,
			`{"__proto__":null,"constructor":1,"prototype":[],${messages},${complete}}`,
			`{"":1,${messages},${complete},"":2}`,
			`{${messages},${complete},"hasOwnProperty":1,"toString":2,"valueOf":3,"toJSON":4,"then":5}`,
			...["0.1", "1", "1.0", "1e0", "1E-1", "0.10", "0.5e0", "5e-1", "0.99999999999999999999", "10e-1", "null"].map(
				(number) => valid.replace("0.5", number),
			),
			...["1", "1.0", "1e0", "1E3", "10e-1", "100000000000000000000", "1.0e+2", "null"].map((number) =>
				valid.replace('"max_tokens":5', `"max_tokens":${number}`),
			),
		]),
	)("%s", (_name, body) => expectUnchanged(body));
});

describe("of missing members only the default is appended", () => {
	const defaults = { model: "TheBloke/Mistral-7B-Instruct-v0.2-AWQ", max_tokens: 128, temperature: 0.7 };
	const { model, max_tokens, temperature } = defaults;
	const filled: [string, object][] = [
		[`{${messages}}`, defaults],
		[`{${messages},"model":"m"}`, { max_tokens, temperature }],
		[`{${messages},"max_tokens":1}`, { model, temperature }],
		[`{${messages},"temperature":1.0}`, { model, max_tokens }],
		[`{${messages},"max_tokens":1,"temperature":1.0}`, { model }],
		[`{${messages},"model":"m","temperature":0.10}`, { max_tokens }],
		[`{${messages},"model":"m","max_tokens":1}`, { temperature }],
		[`{${messages},"max_completion_tokens":9}`, { model, temperature }],
		[`{${messages},"\\u006dodel":"m"}`, { max_tokens, temperature }],
		[`{${messages},"x":{"model":"m","temperature":9}}`, defaults],
		[`{${messages},"x":"}"}`, defaults],
		[`{${messages},"x":"\\"}"}`, defaults],
		[`{"x":"{\\"model\\":1}",${messages}}`, defaults],
		[`{"__proto__":{"model":"m","max_tokens":1},${messages}}`, defaults],
		...["", " ", "\n", "\r\n\t ", " ".repeat(500)].flatMap((space): [string, object][] => [
			[`${space}{${messages}}`, defaults],
			[`{${space}${messages}}`, defaults],
			[`{${messages}${space}}`, defaults],
			[`{${messages}}${space}`, defaults],
			[`${space}{${space}${messages}${space}}${space}`, defaults],
		]),
	];
	test.each(filled.map(([body, added]) => [shown(body), body, added] as const))("%s", (_name, body, added) =>
		expectDefaultsAppended(body, added),
	);
});

testHealthAfterwards(pair);
