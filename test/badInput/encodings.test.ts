/** Content codings, character sets and media types: what is no plain JSON in the end is refused, what is arrives plain. */
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { acceptedStrings, noUtf8, refusedNumbers, refusedStructures } from "./jsonTexts.js";
import { expectRefusal, pairForAll, refusalOf, shown, testHealthAfterwards } from "./pair.js";

const pair = pairForAll({ "max-body": "1mb" });

const before = '{"messages":[{"role":"user","content":"Hello AI"}],"model":"m","max_tokens":5,"temperature":0.5';
const valid = `${before}}`;
const withValue = (value: string | Buffer) =>
	Buffer.concat([Buffer.from(`${before},"x":`), Buffer.from(value as string), Buffer.from("}")]);

const fastest = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const codings = [
	["gzip", gzipSync],
	["deflate", deflateSync],
	["br", (bytes: Buffer | string) => brotliCompressSync(bytes, fastest)],
] as const;

async function post(body: Buffer | string, headers: Record<string, string>) {
	const response = await fetch(`${pair.gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: Buffer.from(body as string),
	});
	return { response, arrivals: pair.arrivals() };
}

async function expectRefused(statuses: number | number[], body: Buffer | string, headers: Record<string, string>) {
	const { response, arrivals } = await post(body, headers);
	expectRefusal(await refusalOf(response), statuses);
	expect(arrivals).toEqual([]);
}

/** The host gets the plain text, and nothing that says it were compressed. */
async function expectArrives(plain: Buffer | string, body: Buffer | string, headers: Record<string, string>) {
	const { response, arrivals } = await post(body, headers);
	expect(response.status, await response.text()).toBe(200);
	expect(arrivals.map((arrival) => arrival.body.toString("latin1"))).toEqual([
		Buffer.from(plain as string).toString("latin1"),
	]);
	expect(arrivals[0]?.headers["content-encoding"]).toBeUndefined();
	expect(arrivals[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(plain as string)));
}

describe.each(codings)("%s", (coding, pack) => {
	const encoded = { "content-encoding": coding };
	const packed = pack(valid);

	test.each(acceptedStrings.map((text) => [shown(text), text] as const))("arrives plain: %s", (_name, text) =>
		expectArrives(withValue(text), pack(withValue(text)), encoded),
	);

	test.each(
		[...refusedNumbers.slice(0, 20), ...refusedStructures.slice(0, 20)].map((text) => [shown(text), text] as const),
	)("is refused when it is no JSON inside: %s", (_name, text) => expectRefused(400, pack(withValue(text)), encoded));

	test.each(noUtf8.map((bytes) => [shown(Buffer.from(bytes)), bytes] as const))(
		"is refused when it is no UTF-8 inside: %s",
		(_name, bytes) =>
			expectRefused(
				400,
				pack(withValue(Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')]))),
				encoded,
			),
	);

	test.each<[string, Buffer]>([
		["a byte order mark", pack(`\ufeff${valid}`)],
		["UTF-16", pack(Buffer.from(valid, "utf16le"))],
		["nothing", pack("")],
		["white space", pack(" \n")],
		["what is compressed twice", pack(packed)],
	])("is refused when it holds %s", (_name, body) => expectRefused(400, body, encoded));

	test.each(Array.from({ length: packed.length }, (_, length) => [length]))("is refused cut after %i bytes", (length) =>
		expectRefused(400, packed.subarray(0, length), encoded),
	);

	test("is refused or read right with any one bit changed", async () => {
		for (let at = 0; at < packed.length; at += 1) {
			const { response, arrivals } = await post(flipped(packed, at), encoded);
			const text = await response.text();
			expect([200, 400, 413], text).toContain(response.status);
			for (const { body } of arrivals) expect(() => JSON.parse(body.toString())).not.toThrow();
		}
	});

	test.each<[string, Buffer | string]>([
		["plain JSON", valid],
		["zeros", Buffer.alloc(100)],
		["random bytes", Buffer.from(Array.from({ length: 200 }, (_, index) => (index * 89 + 41) % 256))],
		["a deflate stream without its header", deflateRawSync(valid)],
		["a ZIP archive's beginning", Buffer.from("PK\x03\x04\x14\0\0\0\b\0", "latin1")],
	])("is refused where it is said to be but %s came", (_name, body) => expectRefused(400, body, encoded));

	test("holds U+FFFD itself", () => {
		const text = withValue('"\ufffd"');
		return expectArrives(text, pack(text), encoded);
	});

	test.each([coding.toUpperCase(), coding[0]?.toUpperCase() + coding.slice(1), ` ${coding} `])(
		"is known as %j too",
		(name) => expectArrives(valid, packed, { "content-encoding": name }),
	);

	describe("a bomb is a 413", () => {
		const mega = 1024 * 1024;
		test.each<[string, Buffer]>([
			["one byte above the limit", pack(padded(mega + 1))],
			["50 MB of spaces", pack(Buffer.alloc(50 * mega, " "))],
			["50 MB in a string", pack(Buffer.concat([Buffer.from('{"x":"'), Buffer.alloc(50 * mega, "a")]))],
			["50 MB of brackets", pack(Buffer.alloc(50 * mega, "["))],
			["50 MB of zeros", pack(Buffer.alloc(50 * mega))],
		])("%s", async (_name, bomb) => {
			expect(bomb.length).toBeLessThan(mega);
			const memory = await peakMemory(() => expectRefused(413, bomb, encoded));
			expect(memory).toBeLessThan(32 * mega);
		});

		test("though what is as large as the limit arrives", () =>
			expectArrives(padded(mega), pack(padded(mega)), encoded));

		test("and many at once are no more than many small ones", async () => {
			const bomb = pack(Buffer.alloc(50 * mega, " "));
			const memory = await peakMemory(() =>
				Promise.all(Array.from({ length: 20 }, () => expectRefused(413, bomb, encoded))),
			);
			expect(memory).toBeLessThan(192 * mega);
		});
	});
});

function flipped(bytes: Buffer, at: number): Buffer {
	const copy = Buffer.from(bytes);
	copy[at] = (copy[at] as number) ^ (1 << (at % 8));
	return copy;
}

/** A valid body of exactly so many bytes. */
function padded(length: number): Buffer {
	const padding = " ".repeat(length - valid.length);
	return Buffer.from(`${before}${padding}}`);
}

/** By how many bytes the process grew at most while something ran. */
async function peakMemory(run: () => Promise<unknown>): Promise<number> {
	const start = process.memoryUsage().rss;
	let peak = start;
	const timer = setInterval(() => {
		peak = Math.max(peak, process.memoryUsage().rss);
	}, 1);
	await run();
	clearInterval(timer);
	return Math.max(peak, process.memoryUsage().rss) - start;
}

describe("gzip", () => {
	const encoded = { "content-encoding": "gzip" };
	const half = Math.floor(valid.length / 2);
	test("may come in members (RFC 1952 §2.2)", () =>
		expectArrives(valid, Buffer.concat([gzipSync(valid.slice(0, half)), gzipSync(valid.slice(half))]), encoded));
	test("may be uncompressed inside", () => expectArrives(valid, gzipSync(valid, { level: 0 }), encoded));
	test("is known as x-gzip too (RFC 9110 §8.4.1.3)", () =>
		expectArrives(valid, gzipSync(valid), { "content-encoding": "x-gzip" }));
	test("is refused with something else after it", () =>
		expectRefused(400, Buffer.concat([gzipSync(valid), Buffer.from("junk")]), encoded));
	test("is refused with half a member after it", () =>
		expectRefused(400, Buffer.concat([gzipSync(valid), gzipSync(valid).subarray(0, 20)]), encoded));
	test("is refused with a wrong checksum", () => {
		const bytes = gzipSync(valid);
		bytes.writeUInt32LE(0, bytes.length - 8);
		return expectRefused(400, bytes, encoded);
	});
	test("is refused with a wrong length", () => {
		const bytes = gzipSync(valid);
		bytes.writeUInt32LE(1, bytes.length - 4);
		return expectRefused(400, bytes, encoded);
	});
	test("that is called deflate is read all the same, whatever it holds", () => {
		const text = withValue('"\ufffd"');
		return expectArrives(text, gzipSync(text), { "content-encoding": "deflate" });
	});
});

describe("deflate", () => {
	test("is refused when it needs a preset dictionary", () =>
		expectRefused(400, deflateSync(valid, { dictionary: Buffer.from("messages") }), { "content-encoding": "deflate" }));
	test("that is called gzip is read all the same, whatever it holds", () => {
		const text = withValue('"\ufffd"');
		return expectArrives(text, deflateSync(text), { "content-encoding": "gzip" });
	});
});

test("brotli with a large window is refused or read, and no worse", async () => {
	const params = { [constants.BROTLI_PARAM_LARGE_WINDOW]: 1, [constants.BROTLI_PARAM_LGWIN]: 30 };
	const { response } = await post(brotliCompressSync(valid, { params }), { "content-encoding": "br" });
	expect([200, 400]).toContain(response.status);
	await response.text();
});

describe("no coding", () => {
	test.each(["identity", "Identity", "IDENTITY", ""])("may be called %j", (name) =>
		expectArrives(valid, valid, { "content-encoding": name }),
	);
});

describe("an unknown coding is a 415", () => {
	const names = [
		..."zstd compress x-compress x-deflate brotli gzip2 gz zip lz4 xz bzip2 snappy aws-chunked exi pack200-gzip dcb dcz * utf-8 base64".split(
			" ",
		),
		..."chunked constructor __proto__ toString hasOwnProperty null undefined identity,identity gzip,gzip gzip,br gzip,identity identity,gzip".split(
			" ",
		),
		...[
			"gzip, deflate",
			"gzip , gzip",
			"gzip;q=1",
			"gzip gzip",
			'"gzip"',
			",gzip",
			"gzip,",
			",",
			"gzip\tbr",
			"g zip",
			"x-gzip, x-gzip",
		],
	];
	test.each(names)("%s", (name) => expectRefused(415, gzipSync(valid), { "content-encoding": name }));
	test("zstd in fact", () =>
		expectRefused(415, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x02, 0x11, 0, 0, 0x7b, 0x7d]), {
			"content-encoding": "zstd",
		}));
});

describe("a media type that is JSON is taken", () => {
	test.each([
		"application/json",
		"Application/JSON",
		"APPLICATION/JSON",
		" application/json ",
		"application/json;",
		"application/json ;charset=utf-8",
		"application/json; charset=utf-8",
		"application/json;charset=UTF-8",
		"application/json; charset=utf8",
		'application/json; charset="utf-8"',
		"application/json; Charset=Utf-8",
		"application/json; CHARSET=UTF-8",
		"application/json; profile=x",
		'application/json; profile="https://example.org/x"',
		"application/json; charset=utf-8; profile=x",
		"application/json; version=1",
	])("%s", (type) => expectArrives(valid, valid, { "content-type": type }));
});

describe("a character set other than UTF-8 is a 415", () => {
	const names =
		"utf-16 utf-16le utf-16be utf-32 utf-7 utf-1 iso-8859-1 latin1 windows-1252 us-ascii ascii shift_jis gbk gb18030 big5 euc-kr koi8-r".split(
			" ",
		);
	test.each([
		...names.map((name) => `application/json; charset=${name}`),
		"application/json;charset=UTF-16",
		'application/json; charset="utf-16"',
		"application/json; charset=utf-8x",
		"application/json; charset=xutf-8",
		"application/json; charset=utf--8",
		"application/json; charset='utf-8'",
		"application/json; charset=",
		'application/json; charset=""',
		"application/json; charset=none",
		"application/json; charset=binary",
		"application/json; charset=constructor",
		"application/json; charset=__proto__",
		"application/json; x=y; charset=utf-16",
		"application/json; charset=utf-16; charset=utf-8",
		"application/json; charset=utf-8; charset=utf-16",
		"application/json; charset = utf-16",
		"application/json; charset= utf-16",
		"application/json ; charset=utf-16",
		"application/json;\tcharset=utf-16",
	])("%s", (type) => expectRefused(415, valid, { "content-type": type }));
});

describe("any other media type is a 415", () => {
	test.each([
		...["", " ", "*/*", "*", "application/*", "json", "/json", "application/", "application", "/", "undefined", "null"],
		...[
			"text/plain",
			"text/json",
			"text/html",
			"application/x-json",
			"application/json5",
			"application/jsonl",
			"application/ndjson",
		],
		...[
			"application/json-seq",
			"application/jsonp",
			"application/jsonx",
			"xapplication/json",
			"application/vnd.api+json",
		],
		...["application/problem+json", "application/x+json", "application/json-patch+json", "application/csp-report"],
		...[
			"application/scim+json",
			"application/x-www-form-urlencoded",
			"multipart/form-data; boundary=x",
			"application/xml",
		],
		...[
			"application/yaml",
			"application/octet-stream",
			"application/javascript",
			"application/cbor",
			"image/png",
			"message/http",
		],
		...[
			"application / json",
			"application/ json",
			"application json",
			"application/json/x",
			"application\\json",
			"application/json x",
		],
		...[
			"text/plain; x=application/json",
			"text/plain, application/json",
			"application/json, text/plain",
			"application/json,application/json",
		],
		...["application/json\u00e9", "\u00e9application/json", "constructor", "__proto__", "application/__proto__"],
	])("%j", (type) => expectRefused(415, valid, { "content-type": type }));

	test("none at all", async () => {
		const response = await fetch(`${pair.gateway.baseUrl}/chat/completions`, {
			method: "POST",
			body: Buffer.from(valid),
		});
		expectRefusal(await refusalOf(response), 415);
		expect(pair.arrivals()).toEqual([]);
	});
});

describe("without a body", () => {
	test.each(["/chat/completions", "/completions", "/embeddings"])(
		"POST %s is a 400, whatever its type",
		async (path) => {
			for (const headers of [{}, { "content-type": "application/json" }, { "content-type": "text/plain" }]) {
				const response = await fetch(`${pair.gateway.baseUrl}${path}`, { method: "POST", headers });
				expectRefusal(await refusalOf(response), 400);
			}
			expect(pair.arrivals()).toEqual([]);
		},
	);
});

testHealthAfterwards(pair);
