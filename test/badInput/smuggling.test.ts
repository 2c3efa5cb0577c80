/** Requests that two servers could read differently are refused, their connection is closed, and what hides in them is never heard. */
import { METHODS } from "node:http";
import { describe, expect, test } from "vitest";
import { connected, openRaw, type RawRequest, readMessages, requestText, sendRaw } from "../kit/rawHttp.js";
import { expectOnlyRefusal, expectRefusal, pairForAll, rawRefusal, shown, testHealthAfterwards } from "./pair.js";

const pair = pairForAll({}, async ({ url }, response) => {
	await new Promise((resolve) => setTimeout(resolve, Number(/wait-(\d+)/.exec(url)?.[1] ?? 0)));
	response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ id: url }));
});

const body = JSON.stringify({
	messages: [{ role: "user", content: "Hello AI" }],
	model: "m",
	max_tokens: 5,
	temperature: 0.5,
});
const size = body.length.toString(16);
const chunked = `${size}\r\n${body}\r\n0\r\n\r\n`;
const smuggled = requestText({ target: "/v1/models/smuggled" });

const chat = (headers: readonly string[], content: string, more: RawRequest = {}) =>
	requestText({
		method: "POST",
		target: "/v1/chat/completions",
		headers: ["content-type: application/json", ...headers],
		body: content,
		...more,
	});

const words = (text: string) => text.split(" ");
const statuses = (messages: readonly { status: number }[]) => messages.map(({ status }) => status);
const named = (values: readonly string[]) => values.map((value) => [shown(value), value] as const);

/** One refusal, then the end; neither the request nor what follows it gets to the host. */
async function expectRefused(bytes: string, statuses: number | number[] = 400): Promise<void> {
	const { text, closed } = await sendRaw(pair.gateway.port, bytes + smuggled);
	const arrivals = pair.arrivals();
	expectOnlyRefusal(text, statuses);
	expect(closed).toBe(true);
	expect(arrivals).toEqual([]);
}

/** The request is answered, and so is the one after it. */
async function expectHeard(bytes: string): Promise<void> {
	const connection = openRaw(pair.gateway.port);
	connection.send(bytes + requestText({ target: "/healthz" }));
	const messages = await connection.answers(2);
	connection.destroy();
	expect(messages.map(({ status }) => status)).toEqual([200, 200]);
}

async function expectBodyArrives(bytes: string): Promise<void> {
	await expectHeard(bytes);
	const [arrival, ...more] = pair.arrivals();
	expect(more).toEqual([]);
	expect(arrival?.body.toString()).toBe(body);
	expect(arrival?.headers).toMatchObject({ "content-length": String(body.length) });
	expect(arrival?.headers).not.toHaveProperty("transfer-encoding");
}

describe("two lengths are refused (RFC 9112 §6.3)", () => {
	const lengths = [
		"0",
		"1",
		"4",
		String(body.length),
		String(chunked.length),
		String(chunked.length + smuggled.length),
	];
	const codings = [
		"chunked",
		"Chunked",
		"CHUNKED",
		" chunked",
		"chunked ",
		"identity",
		"gzip",
		"gzip, chunked",
		"x",
		"",
	];
	const cases = lengths.flatMap((length) => codings.map((coding) => [length, coding] as const));

	test.each(cases)("content-length: %s before transfer-encoding: %j", (length, coding) =>
		expectRefused(chat([`content-length: ${length}`, `transfer-encoding: ${coding}`], chunked), [400, 501]),
	);
	test.each(cases)("content-length: %s after transfer-encoding: %j", (length, coding) =>
		expectRefused(chat([`transfer-encoding: ${coding}`, `content-length: ${length}`], chunked), [400, 501]),
	);
	test.each(cases)("content-length: %s in a trailer, transfer-encoding: %j", (length, coding) =>
		expectRefused(
			chat([`transfer-encoding: ${coding}`], `${size}\r\n${body}\r\n0\r\ncontent-length: ${length}\r\n\r\n`),
			[400, 501],
		),
	);
});

describe("content-length", () => {
	const n = body.length;
	test.each(
		named([
			...[
				`+${n}`,
				`-${n}`,
				"-0",
				"+0",
				`0x${n.toString(16)}`,
				`${n.toString(16)}h`,
				`${n}.0`,
				`${n}.`,
				`.${n}`,
				`${n}e0`,
				"1e2",
			],
			...[
				`${n},`,
				`,${n}`,
				`${n},${n}`,
				`${n}, ${n}`,
				`${n}, 1`,
				`${n};`,
				`${n};q=1`,
				`"${n}"`,
				`'${n}'`,
				`(${n})`,
				`${n}${"\u00b2"}`,
			],
			...[
				`${n} ${n}`,
				`1 ${n}`,
				`${n} 0`,
				`${n}\t0`,
				`${n}\x0b`,
				`\x0c${n}`,
				`${n}\0`,
				`\0${n}`,
				`${n}\xa0`,
				`\xa0${n}`,
				`${n}\x85`,
			],
			...[
				"",
				" ",
				"\t",
				"-",
				"+",
				"0x",
				"NaN",
				"Infinity",
				"null",
				"undefined",
				"true",
				"chunked",
				"one",
				"\u0661",
				"1_0",
				"1'0",
				"$1",
			],
			...["18446744073709551616", "36893488147419103232", "99999999999999999999999", "9".repeat(400)],
			...[
				"-1",
				"-9223372036854775808",
				"--1",
				"+-1",
				"1+1",
				"0b1",
				"0o7",
				"1/1",
				"1%",
				"%31",
				"\\x31",
				"&#49;",
				"1\r 2",
				"1\n2",
			],
		]),
	)("of %s is refused", (_name, value) => expectRefused(chat([`content-length: ${value}`], body)));

	test.each([
		["twice the same", [`content-length: ${n}`, `content-length: ${n}`]],
		["twice, the first smaller", ["content-length: 1", `content-length: ${n}`]],
		["twice, the first larger", [`content-length: ${n}`, "content-length: 1"]],
		["twice, one zero", ["content-length: 0", `content-length: ${n}`]],
		["twice, one empty", ["content-length:", `content-length: ${n}`]],
		["twice in different case", [`Content-Length: ${n}`, `CONTENT-LENGTH: ${n}`]],
		["three times", [`content-length: ${n}`, `content-length: ${n}`, `content-length: ${n}`]],
		["twice with others between", [`content-length: ${n}`, "x-a: b", `content-length: ${n}`]],
		["with a space before its colon", [`content-length : ${n}`]],
		["with a tab before its colon", [`content-length\t: ${n}`]],
		["with a space before it", [` content-length: ${n}`]],
		["folded", ["content-length:", ` ${n}`]],
		["continued", ["content-length: 1", " 0"]],
		["after a bare carriage return", [`x-a: b\rcontent-length: ${n}`]],
		["after a bare line feed", [`x-a: b\ncontent-length: ${n}`]],
		["after a NUL", [`x-a: b\0content-length: ${n}`]],
	])("%s is refused", (_name, headers) => expectRefused(chat(headers, body)));

	test.each(named([String(n), ` ${n}`, `   ${n}   `, `0${n}`, `000000${n}`]))("of %s is heard", (_name, value) =>
		expectBodyArrives(chat([`content-length:${value}`], body)),
	);

	test("smaller than the body leaves the rest to be read as a request", async () => {
		const { text } = await sendRaw(pair.gateway.port, chat([`content-length: ${n}`], `${body}GARBAGE\r\n\r\n`));
		expect(statuses(readMessages(text))).toEqual([200, 400]);
		expect(pair.arrivals()).toHaveLength(1);
	});

	test.each(["1", "5", "100"])("of %s with a GET is read, passed over and not passed on", async (length) => {
		await expectHeard(requestText({ headers: [`content-length: ${length}`], body: "x".repeat(Number(length)) }));
		expect(pair.arrivals().map((arrival) => [arrival.url, arrival.body.length])).toEqual([["/v1/models", 0]]);
	});
});

describe("transfer-encoding", () => {
	test.each(
		named([
			...words(
				"gzip deflate compress identity br x xchunked chunkedx chunk chunke cchunked chunked1 chunked-x x-chunked",
			),
			...words(
				"chunked,chunked chunked,gzip chunked,identity gzip,chunked identity,chunked chunked, ,chunked ,,chunked chunked,,",
			),
			...words(
				"chunked;q=1 chunked;x \"chunked\" 'chunked' (chunked) chunked() chunked/1.1 chunked: chunked= =chunked",
			),
			...[
				"chunked, chunked",
				"chunked , chunked",
				"gzip, chunked",
				"chunked gzip",
				"gzip chunked",
				"chun ked",
				"chunked\tgzip",
			],
			...[
				"",
				" ",
				"\t",
				",",
				";",
				"\x0bchunked",
				"chunked\x0b",
				"\x0cchunked",
				"chunked\x0c",
				"chunked\0",
				"\0chunked",
				"chunked\x01",
			],
			...[
				"\xa0chunked",
				"chunked\xa0",
				"chunked\x85",
				"\x85chunked",
				"chun\u212aed",
				"ch\xfcnked",
				"chunked\xff",
				"\xffchunked",
			],
			...[
				"chunked\r x",
				"chunked\n x",
				"\r\n chunked",
				"\r\n\tchunked",
				"gzip\r\n , chunked",
				"chunked\r",
				"chunked\\r\\n",
				"%63hunked",
			],
			...["0", "1", "null", "true", "undefined", "constructor", "__proto__", "trailers", "close", "keep-alive"],
		]),
	)("of %s is refused", (_name, value) => expectRefused(chat([`transfer-encoding: ${value}`], chunked), [400, 501]));

	test.each<[string, string[]]>([
		["twice", ["transfer-encoding: chunked", "transfer-encoding: chunked"]],
		["twice, the first another", ["transfer-encoding: identity", "transfer-encoding: chunked"]],
		["twice, the last another", ["transfer-encoding: chunked", "transfer-encoding: identity"]],
		["twice, the first empty", ["transfer-encoding:", "transfer-encoding: chunked"]],
		["twice, the last empty", ["transfer-encoding: chunked", "transfer-encoding:"]],
		["twice in different case", ["Transfer-Encoding: chunked", "TRANSFER-ENCODING: chunked"]],
		["twice, gzip first", ["transfer-encoding: gzip", "transfer-encoding: chunked"]],
		["with a space before its colon", ["transfer-encoding : chunked"]],
		["with a tab before its colon", ["transfer-encoding\t: chunked"]],
		["with a vertical tab before its colon", ["transfer-encoding\x0b: chunked"]],
		["with a NUL before its colon", ["transfer-encoding\0: chunked"]],
		["with a space before it", [" transfer-encoding: chunked"]],
		["with a no-break space before it", ["\xa0transfer-encoding: chunked"]],
		["folded", ["transfer-encoding:", " chunked"]],
		["after a bare carriage return", ["x-a: b\rtransfer-encoding: chunked"]],
		["after a bare line feed", ["x-a: b\ntransfer-encoding: chunked"]],
		["after two carriage returns", ["x-a: b\r\r\ntransfer-encoding: chunked"]],
		["without a colon", ["transfer-encoding chunked"]],
		["in quotes", ['"transfer-encoding": chunked']],
	])("%s is refused", (_name, headers) => expectRefused(chat(headers, chunked), [400, 501]));

	test.each(named(["chunked", "Chunked", "CHUNKED", "cHuNkEd", "  chunked", "chunked "]))(
		"of %s is heard",
		(_name, value) => expectBodyArrives(chat([`transfer-encoding: ${value}`], chunked)),
	);

	test.each(["chunked", "gzip", "identity", "gzip, chunked"])("of %j is refused in HTTP/1.0", (value) =>
		expectRefused(chat([`transfer-encoding: ${value}`], chunked, { version: "HTTP/1.0" }), [400, 501]),
	);

	test.each(
		words(
			"transfer_encoding transfer.encoding transferencoding x-transfer-encoding transfer-encodin transfer-encoding2",
		),
	)("under the name %s says nothing", async (name) => {
		await expectBodyArrives(chat([`${name}: chunked`, `content-length: ${body.length}`], body));
	});
});

describe("chunks", () => {
	const chunkedChat = (content: string) => chat(["transfer-encoding: chunked"], content);
	const withSize = (text: string) => `${text}\r\n${body}\r\n0\r\n\r\n`;

	test.each(
		named([
			...[
				`-${size}`,
				`+${size}`,
				`0x${size}`,
				`0X${size}`,
				`x${size}`,
				`#${size}`,
				`$${size}`,
				`${size}h`,
				`${size}g`,
				`g${size}`,
			],
			...[
				` ${size}`,
				`\t${size}`,
				`${size} `,
				`${size}\t`,
				`${size} ;a`,
				`${size},`,
				`${size}.`,
				`${size}.0`,
				`${size}_`,
			],
			...[
				`"${size}"`,
				`'${size}'`,
				`(${size})`,
				`\0${size}`,
				`${size}\0`,
				`${size}\x0b`,
				`${size}\x0c`,
				`${size}\xa0`,
				`\xff${size}`,
			],
			...[
				"",
				" ",
				"-",
				"+",
				"-0",
				"-1",
				"+0",
				"0x",
				";",
				";a=b",
				";;",
				"NaN",
				"zz",
				"g",
				"G",
				"_",
				".",
				"\u0661",
				"--1",
				"1-1",
				"1 1",
			],
			...[
				`1000000000000000${size}`,
				`10000000000000000${size}`,
				"fffffffffffffffff",
				"ffffffffffffffffffff",
				"f".repeat(100),
			],
			...[
				`${size}\r`,
				`\r${size}`,
				`${size}\r\r`,
				`\n${size}`,
				`\r\n${size}`,
				`${size}\r\nx`,
				`${size};a\n`,
				`${size};a\rb`,
				`${size};a=\0`,
			],
			...[
				`${size};a=\x01`,
				`${size};\n0`,
				`${size};a="\n"`,
				`${size};a="b`,
				`${size};a="b"c`,
				`${size}; a`,
				`${size};a =b`,
				`${size};\x7f`,
			],
		]),
	)("of the size %s are refused", (_name, text) => expectRefused(chunkedChat(withSize(text)), [400, 413]));

	test.each<[string, string]>([
		["a line feed alone after the size", `${size}\n${body}\r\n0\r\n\r\n`],
		["a carriage return alone after the size", `${size}\r${body}\r\n0\r\n\r\n`],
		["a line feed alone after the data", `${size}\r\n${body}\n0\r\n\r\n`],
		["a carriage return alone after the data", `${size}\r\n${body}\r0\r\n\r\n`],
		["nothing after the data", `${size}\r\n${body}0\r\n\r\n`],
		["more data than said", `${size}\r\n${body}x\r\n0\r\n\r\n`],
		["less data than said", `${(body.length + 1).toString(16)}\r\n${body}\r\n0\r\n\r\n`],
		["a line end too many after the data", `${size}\r\n${body}\r\n\r\n0\r\n\r\n`],
		["a line end too many before the data", `${size}\r\n\r\n${body}\r\n0\r\n\r\n`],
		["the ends of lines turned round", `${size}\n\r${body}\n\r0\n\r\n\r`],
		["line feeds alone", `${size}\n${body}\n0\n\n`],
		["a line feed alone after the last chunk", `${size}\r\n${body}\r\n0\n\r\n`],
		["line feeds alone at the end", `${size}\r\n${body}\r\n0\n\n`],
		["a line feed alone as the end", `${size}\r\n${body}\r\n0\r\n\n`],
		["a carriage return alone as the end", `${size}\r\n${body}\r\n0\r\n\rx`],
		["something where the end should be", `${size}\r\n${body}\r\n0\r\nx`],
		["an end with a negative size", `${size}\r\n${body}\r\n-0\r\n\r\n`],
		["an end with a sign", `${size}\r\n${body}\r\n+0\r\n\r\n`],
		["an end in hexadecimal notation", `${size}\r\n${body}\r\n0x0\r\n\r\n`],
		["a trailer without a colon", `${size}\r\n${body}\r\n0\r\nx\r\n\r\n`],
		["a trailer with a space in its name", `${size}\r\n${body}\r\n0\r\nx y: z\r\n\r\n`],
		["a trailer with a space before its colon", `${size}\r\n${body}\r\n0\r\nx : z\r\n\r\n`],
		["a trailer with a NUL", `${size}\r\n${body}\r\n0\r\nx: \0\r\n\r\n`],
		["a trailer that ends in a line feed alone", `${size}\r\n${body}\r\n0\r\nx: y\n\r\n`],
		["a folded trailer", `${size}\r\n${body}\r\n0\r\nx: y\r\n z\r\n\r\n`],
		["a transfer-encoding as trailer", `${size}\r\n${body}\r\n0\r\ntransfer-encoding: chunked\r\n\r\n`],
		["a content-length as trailer", `${size}\r\n${body}\r\n0\r\ncontent-length: 0\r\n\r\n`],
		["no chunks, but the plain body", body],
		["an empty line first", `\r\n${chunked}`],
		["a second, bad chunk", `${size}\r\n${body}\r\nzz\r\n\r\n`],
		["a bad chunk first", `zz\r\n${chunked}`],
	])("with %s are refused", (_name, content) => expectRefused(chunkedChat(content)));

	const split = (length: number) =>
		`${(body.match(new RegExp(`.{1,${length}}`, "gs")) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("")}0\r\n\r\n`;
	test.each<[string, string]>([
		["of one byte each", split(1)],
		["of two bytes each", split(2)],
		["of seven bytes each", split(7)],
		["of sixteen bytes each", split(16)],
		["in one piece", chunked],
		["with sizes in capitals", withSize(size.toUpperCase())],
		["with leading zeros", withSize(`0000${size}`)],
		["with many leading zeros", withSize(`${"0".repeat(50)}${size}`)],
		["with an extension", withSize(`${size};a`)],
		["with an extension and its value", withSize(`${size};a=b`)],
		["with a quoted extension", withSize(`${size};a="b c"`)],
		["with several extensions", withSize(`${size};a=b;c;d="e"`)],
		["with a last chunk of many zeros", `${size}\r\n${body}\r\n00000\r\n\r\n`],
		["with an extension of the last chunk", `${size}\r\n${body}\r\n0;a=b\r\n\r\n`],
		["with a trailer", `${size}\r\n${body}\r\n0\r\nx-a: b\r\n\r\n`],
		["with several trailers", `${size}\r\n${body}\r\n0\r\nx-a: b\r\nx-c: d\r\n\r\n`],
		["with a host and an authorization as trailers", `${size}\r\n${body}\r\n0\r\nhost: x\r\nauthorization: y\r\n\r\n`],
	])("%s are heard", (_name, content) => expectBodyArrives(chunkedChat(content)));

	test("may hold a request, which is none", async () => {
		const inner = `{"messages":[{"role":"user","content":${JSON.stringify(smuggled)}}]}`;
		await expectHeard(chunkedChat(`${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`));
		expect(pair.arrivals().map(({ url }) => url)).toEqual(["/v1/chat/completions"]);
	});

	test("leave no trailers for the host", async () => {
		await expectBodyArrives(
			chat(["trailer: x-a", "transfer-encoding: chunked"], `${size}\r\n${body}\r\n0\r\nx-a: b\r\n\r\n`),
		);
	});
});

describe("a head of the wrong shape is refused", () => {
	const start = "GET /v1/models HTTP/1.1\r\nhost: gateway\r\n";
	test.each<[string, string]>([
		["folded field", `${start}x-a: b\r\n c\r\n\r\n`],
		["folded field, with a tab", `${start}x-a: b\r\n\tc\r\n\r\n`],
		["folded empty field", `${start}x-a:\r\n b\r\n\r\n`],
		["folded host", "GET /v1/models HTTP/1.1\r\nhost:\r\n gateway\r\n\r\n"],
		["folded request line", "GET\r\n /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["fold before the first field", "GET /v1/models HTTP/1.1\r\n x-a: b\r\nhost: gateway\r\n\r\n"],
		["space before a field", `${start} x-a: b\r\n\r\n`],
		["space before a colon", `${start}x-a : b\r\n\r\n`],
		["tab before a colon", `${start}x-a\t: b\r\n\r\n`],
		["space before the host's colon", "GET /v1/models HTTP/1.1\r\nhost : gateway\r\n\r\n"],
		["field without a colon", `${start}x-a\r\n\r\n`],
		["field without a name", `${start}: b\r\n\r\n`],
		["colon alone", `${start}:\r\n\r\n`],
		["NUL in a value", `${start}x-a: b\0c\r\n\r\n`],
		["NUL in a name", `${start}x\0a: b\r\n\r\n`],
		["bare carriage return in a value", `${start}x-a: b\rc\r\n\r\n`],
		["bare carriage return as the end of a field", `${start}x-a: b\rx-c: d\r\n\r\n`],
		["bare line feed as the end of a field", `${start}x-a: b\nx-c: d\r\n\r\n`],
		["bare line feeds throughout", "GET /v1/models HTTP/1.1\nhost: gateway\n\n"],
		["bare carriage returns throughout", "GET /v1/models HTTP/1.1\rhost: gateway\r\r"],
		["bare line feed after the request line", "GET /v1/models HTTP/1.1\nhost: gateway\r\n\r\n"],
		["bare line feed as the end of the head", `${start}\n`],
		["two carriage returns at the end of a line", `${start}x-a: b\r\r\n\r\n`],
		["ends of lines turned round", "GET /v1/models HTTP/1.1\n\rhost: gateway\n\r\n\r"],
		["leading space", ` ${start}\r\n`],
		["leading tab", `\t${start}\r\n`],
		["leading NUL", `\0${start}\r\n`],
		["leading byte order mark", `\xef\xbb\xbf${start}\r\n`],
		["tabs in the request line", "GET\t/v1/models\tHTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["space after the version", "GET /v1/models HTTP/1.1 \r\nhost: gateway\r\n\r\n"],
		["something after the version", "GET /v1/models HTTP/1.1 x\r\nhost: gateway\r\n\r\n"],
		["no target", "GET HTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["an empty target", "GET  HTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["no method", "/v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["two targets", "GET /v1/models /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["a target with a space", "GET /v1/models/a b HTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["a request in the target", "GET /v1/models HTTP/1.1\r\n\r\nGET /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["a TLS greeting", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"],
		["an SSH greeting", "SSH-2.0-OpenSSH_9.0\r\n\r\n"],
		["an SMTP greeting", "EHLO example.org\r\n\r\n"],
		["a response", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
		["a SOCKS greeting", "\x05\x01\0\r\n\r\n"],
		["a PROXY line", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n"],
		["JSON", '{"a":1}\r\n\r\n'],
		["random bytes", "\x8f\x01\xfe\x93\x7f\r\n\r\n"],
	])("%s", (_name, bytes) => expectRefused(bytes, [400, 505]));

	test.each(["\r\n", "\r\n\r\n", "\n"])(
		"but empty lines before a request are passed over (RFC 9112 §2.2): %j",
		async (lines) => {
			await expectHeard(lines + requestText({}));
			expect(pair.arrivals()).toHaveLength(1);
		},
	);
});

describe("host", () => {
	test.each(
		named([
			...[
				"",
				" ",
				":",
				":80",
				"a b",
				"a\tb",
				"a/b",
				"a/",
				"/a",
				"//a",
				"http://a",
				"http://a/",
				"a?b",
				"a#b",
				"a\\b",
				"\\\\a",
			],
			...[
				"u@a",
				"u:p@a",
				"@a",
				"a@",
				"a@b:80",
				"a:b",
				"a:80x",
				"a:80:80",
				"a:-1",
				"a:+80",
				"a:8 0",
				"a:80 ",
				"a: 80",
				"a :80",
				"a:123456",
			],
			...[
				"[",
				"]",
				"[]",
				"[::1",
				"::1]",
				"[::1]x",
				"[::1]:x",
				"[::1]:80:80",
				"[g::1]",
				"[::1%25eth0]",
				"::1",
				"1:2:3",
				"[a]b",
			],
			...[
				"a,b",
				"a, b",
				"a;b x",
				'"a"',
				"<a>",
				"{a}",
				"a|b",
				"a^b",
				"a`b",
				"\xe9",
				"a\xff",
				"\u00fcber".normalize(),
				"a\x7fb",
				"a\x01b",
				"a\0b",
			],
		]).filter(([, host]) => !["a:80 ", "a,b"].includes(host)),
	)("%s is refused", (_name, host) => expectRefused(requestText({ host })));

	test.each<[string, string[]]>([
		["none", []],
		["two", ["host: gateway", "host: gateway"]],
		["two different ones", ["host: gateway", "host: other"]],
		["two in different case", ["Host: gateway", "HOST: other"]],
		["two, the first empty", ["host:", "host: gateway"]],
		["two, the last empty", ["host: gateway", "host:"]],
		["two with others between", ["host: gateway", "x-a: b", "host: other"]],
		["three", ["host: a", "host: b", "host: c"]],
		["one under another name", ["x-host: gateway", "x-forwarded-host: gateway"]],
		["one with an underscore", ["host_: gateway"]],
	])("%s is refused", (_name, headers) => expectRefused(requestText({ host: null, headers })));

	test.each([
		...[
			"gateway",
			"gateway:80",
			"gateway:",
			"GATEWAY",
			"a.b.c",
			"a.b.",
			"127.0.0.1",
			"127.0.0.1:8080",
			"[::1]",
			"[::1]:8080",
			"localhost",
		],
		...[
			"xn--ber-goa.example",
			"a_b",
			"a-b",
			"1",
			"[2001:db8::1]:443",
			"[::ffff:1.2.3.4]",
			"a%20b",
			"a~b",
			"evil.example",
		],
	])("%s is heard, and not passed on", async (host) => {
		await expectHeard(requestText({ host }));
		expect(pair.arrivals().map((arrival) => arrival.headers.host)).toEqual([`127.0.0.1:${pair.host.port}`]);
	});

	test("may be missing in HTTP/1.0", async () => {
		const { status, closed } = await sendRaw(pair.gateway.port, requestText({ version: "HTTP/1.0", host: null }));
		expect({ status, closed }).toEqual({ status: 200, closed: true });
		expect(pair.arrivals()).toHaveLength(1);
	});

	test.each(["two", "odd"])("%s is refused in HTTP/1.0 too", (which) => {
		const headers = which === "two" ? ["host: a", "host: b"] : ["host: a/b"];
		return expectRefused(requestText({ version: "HTTP/1.0", host: null, headers }));
	});
});

describe("a target that is no path is refused", () => {
	test.each(
		named([
			...words(
				"http:///v1/models http:/v1/models http:v1/models ftp://gateway/v1/models ws://gateway/v1/models file:///etc/passwd",
			),
			...words(
				"http://u:p@gateway/v1/models http://a@b/v1/models http://[::1/v1/models http://gateway:80x/v1/models javascript:alert(1)",
			),
			...words(
				"gateway gateway:80 gateway/v1/models v1/models .. ../v1/models ./v1/models ?x ?/v1/models # #/v1/models * ** *x",
			),
			...words("% %2Fv1/models \\v1\\models \\\\gateway\\v1 @gateway/v1 :80/v1 ;/v1 &/v1 =/v1 ~/v1 a: 1 -"),
		]),
	)("%s", (_name, target) => expectRefused(requestText({ target })));

	test.each(["OPTIONS", "HEAD", "POST", "DELETE"])("the asterisk with %s", async (method) => {
		const { status, closed, text } = await sendRaw(pair.gateway.port, requestText({ method, target: "*" }));
		expect({ status, closed }).toEqual({ status: 400, closed: true });
		if (method !== "HEAD") expectOnlyRefusal(text, 400);
	});
});

describe("a target with what must be escaped is refused", () => {
	test.each(
		named([
			...'/v1/models#x /v1/models# /#/v1/models /v1\\models /v1/models/a\\b /v1/models/..\\x /v1/models?a="b" /v1/models?<a> /v1/"models"'.split(
				" ",
			),
			...[
				"/v1/models/\xe9",
				"/v1/models?\xff",
				"/v1/models/\x80",
				"/\xc3\xa9",
				"/v1/models/a\x7f",
				"/v1/models/a\x01",
				"/v1/models/a\0",
			],
		]),
	)("%s", (_name, target) => expectRefused(requestText({ target })));
});

describe("CONNECT", () => {
	test.each(words("gateway:80 gateway /v1/models http://gateway/ * 169.254.169.254:80 [::1]:22"))(
		"%s is refused",
		(target) => expectRefused(requestText({ method: "CONNECT", target }), [400, 405]),
	);

	test("and a reset of its connection at any moment do no harm", async () => {
		for (let more = 0; more < 40; more += 1) {
			const connection = openRaw(pair.gateway.port);
			await connected(connection);
			connection.send(requestText({ method: "CONNECT", target: "gateway:80", body: "x".repeat(more * 997) }));
			if (more % 2 === 1) await connection.answers(1);
			connection.socket.resetAndDestroy();
			await connection.closed;
		}
		expect((await fetch(`${pair.gateway.url}/healthz`)).status).toBe(200);
	});
});

describe("a malformed request and a reset of its connection at any moment do no harm", () => {
	test.each<[string, string]>([
		["no request", "GARBAGE\r\n\r\n"],
		["half a head", "GET /v1/models HTTP/1.1\r\nhost: gate"],
		["half a body", chat([`content-length: ${body.length}`], body.slice(0, 10))],
		["half a chunk", chat(["transfer-encoding: chunked"], chunked.slice(0, 10))],
		["a bad chunk", chat(["transfer-encoding: chunked"], "zz\r\n")],
		["an unknown expectation", requestText({ headers: ["expect: x"] })],
		["an upgrade", requestText({ headers: ["connection: upgrade", "upgrade: websocket"] })],
		["a whole request", chat([`content-length: ${body.length}`], body)],
	])("%s", async (_name, bytes) => {
		for (let turn = 0; turn < 20; turn += 1) {
			const connection = openRaw(pair.gateway.port);
			await connected(connection);
			connection.send(bytes);
			if (turn % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
			if (turn % 3 === 2) connection.socket.end().destroy();
			else connection.socket.resetAndDestroy();
			await connection.closed;
		}
		expect((await fetch(`${pair.gateway.url}/healthz`)).status).toBe(200);
		await expect.poll(() => pair.gateway.gateway.services.load.requests).toBe(0);
		// What was on its way to the upstream when its client left has arrived before this one.
		const last = openRaw(pair.gateway.port);
		last.send(chat([`content-length: ${body.length}`], body));
		await last.answers(1);
		last.destroy();
		pair.arrivals();
	});
});

describe("a version other than HTTP/1.1 and HTTP/1.0 is refused", () => {
	test.each(
		named([
			...words(
				"HTTP/0.9 HTTP/1.2 HTTP/1.3 HTTP/1.9 HTTP/2.0 HTTP/2.1 HTTP/2 HTTP/3 HTTP/3.0 HTTP/9.9 HTTP/10.1 HTTP/1.10 HTTP/1.01 HTTP/01.1",
			),
			...words(
				"HTTP/1 HTTP/1. HTTP/.1 HTTP/ HTTP HTTP/1,1 HTTP/1-1 HTTP/+1.1 HTTP/-1.1 HTTP/1.1.1 HTTP/1.x HTTP/x.1 HTTP/1.1x HTTP//1.1",
			),
			...words("http/1.1 Http/1.1 HTTPS/1.1 XHTTP/1.1 HTTP\\1.1 HTTP:1.1 HTTP-1.1 HTT/1.1 SIP/2.0 SHTTP/1.4 1.1 1 x"),
		]),
	)("%s", (_name, version) => expectRefused(requestText({ version }), [400, 505]));

	test.each<[string, string]>([
		["HTTP/0.9, without any", "GET /v1/models\r\n"],
		["HTTP/0.9, with an empty line", "GET /v1/models\r\n\r\n"],
		["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
		["HTTP/2's preface and settings", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"],
	])("%s", (_name, bytes) => expectRefused(bytes, [400, 505]));

	test.each(["h2c", "HTTP/2.0", "TLS/1.0", "h2c, TLS/1.3"])("an upgrade to %s is not made", async (protocol) => {
		const headers = ["connection: upgrade, http2-settings", `upgrade: ${protocol}`, "http2-settings: AAMAAABkAAQAAP__"];
		const connection = openRaw(pair.gateway.port);
		for (const count of [1, 2]) {
			connection.send(requestText({ headers }));
			expect(statuses(await connection.answers(count)).at(-1)).toBe(200);
		}
		connection.destroy();
		const [arrival] = pair.arrivals();
		for (const name of ["upgrade", "http2-settings"]) expect(arrival?.headers).not.toHaveProperty(name);
	});
});

describe("a method", () => {
	test.each(
		named([
			...words(
				'get Get gET post Post GETS GE G XGET GET1 GET- FOO FOOBAR A ! $ \' * + _ ` | ~ {} GET/ GET, GET; (GET) "GET" HTTP BREW',
			),
			...[
				"G\0ET",
				"G\tET",
				"GET\0",
				"\xc7ET",
				"G\xff",
				"GET\x0b",
				"A".repeat(100),
				"A".repeat(10_000),
				"GET".repeat(1000),
				"é",
			],
		]),
	)("that nobody knows is refused: %s", (_name, method) => expectRefused(requestText({ method }), [400, 431, 501]));

	const known = METHODS.filter((method) => !["GET", "HEAD", "OPTIONS", "CONNECT"].includes(method));
	test.each(known)("that has no meaning here is a 405 with what is allowed: %s", async (method) => {
		const [message] = await answersTo(requestText({ method, headers: ["content-length: 0"] }), 1);
		expect(message?.headers.allow?.split(", ").sort()).toEqual(["GET", "HEAD", "OPTIONS"]);
		expectRefusal(rawRefusal(message as never), 405);
		expect(pair.arrivals()).toEqual([]);
	});

	test.each(known)("at a path that is not there is a 404: %s", async (method) => {
		const [message] = await answersTo(requestText({ method, target: "/nowhere", headers: ["content-length: 0"] }), 1);
		expectRefusal(rawRefusal(message as never), 404);
	});
});

async function answersTo(bytes: string, count: number) {
	const connection = openRaw(pair.gateway.port);
	connection.send(bytes);
	const messages = await connection.answers(count);
	connection.destroy();
	return messages;
}

describe("each of the 256 bytes", () => {
	const tokens = /[A-Za-z0-9!#$%&'*+.^_`|~-]/;
	const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
	const places: [string, (byte: string) => string, (byte: string) => boolean][] = [
		[
			"in a field's name",
			(byte) => requestText({ headers: [`x${byte}a: b`, "connection: close"] }),
			(byte) => tokens.test(byte) || byte === ":",
		],
		[
			"before a field's name",
			(byte) => requestText({ headers: [`${byte}x-a: b`, "connection: close"] }),
			(byte) => tokens.test(byte),
		],
		[
			"after a field's name",
			(byte) => requestText({ headers: [`x-a${byte}: b`, "connection: close"] }),
			(byte) => tokens.test(byte) || byte === ":",
		],
		[
			"in a field's value",
			(byte) => requestText({ headers: [`x-a: b${byte}c`, "connection: close"] }),
			(byte) => /[\t\x20-\x7e\x80-\xff]/.test(byte),
		],
		[
			"in the host",
			(byte) => requestText({ host: `a${byte}1`, headers: ["connection: close"] }),
			(byte) => /[A-Za-z0-9._~%!$&'()*+,;=:-]/.test(byte),
		],
		[
			"in the query",
			(byte) => requestText({ target: `/v1/models?a=${byte}b`, headers: ["connection: close"] }),
			(byte) => /[\x21-\x7e]/.test(byte) && !/["#<>\\]/.test(byte),
		],
		[
			"before the target",
			(byte) => requestText({ target: `${byte}/v1/models`, headers: ["connection: close"] }),
			// A slash too many says nothing.
			(byte) => byte === " " || byte === "/",
		],
		["in the method", (byte) => requestText({ method: `G${byte}ET`, headers: ["connection: close"] }), () => false],
		[
			"as the minor version",
			(byte) => requestText({ version: `HTTP/1.${byte}`, headers: ["connection: close"] }),
			(byte) => byte === "0" || byte === "1",
		],
		[
			"as the major version",
			(byte) => requestText({ version: `HTTP/${byte}.1`, headers: ["connection: close"] }),
			(byte) => byte === "1",
		],
		[
			"after the version",
			(byte) => requestText({ version: `HTTP/1.1${byte}`, headers: ["connection: close"] }),
			() => false,
		],
		[
			"after a length",
			(byte) => requestText({ headers: [`content-length: 0${byte}`, "connection: close"] }),
			(byte) => byte === " " || byte === "0",
		],
		[
			"before a length",
			(byte) => requestText({ headers: [`content-length: ${byte}0`, "connection: close"] }),
			(byte) => byte === " " || byte === "\t" || byte === "0",
		],
		[
			"after a transfer coding",
			(byte) => chat([`transfer-encoding: chunked${byte}`, "connection: close"], chunked),
			(byte) => byte === " ",
		],
		[
			"before a transfer coding",
			(byte) => chat([`transfer-encoding: ${byte}chunked`, "connection: close"], chunked),
			(byte) => byte === " " || byte === "\t",
		],
		[
			"before a chunk's size",
			(byte) => chat(["transfer-encoding: chunked", "connection: close"], `${byte}${chunked}`),
			(byte) => byte === "0",
		],
		[
			"after a chunk's size",
			(byte) => chat(["transfer-encoding: chunked", "connection: close"], chunked.replace("\r\n", `${byte}\r\n`)),
			() => false,
		],
		[
			"after a chunk's data",
			(byte) =>
				chat(["transfer-encoding: chunked", "connection: close"], chunked.replace(`${body}\r\n`, `${body}${byte}\r\n`)),
			() => false,
		],
		[
			"in place of a chunk's carriage return",
			(byte) => chat(["transfer-encoding: chunked", "connection: close"], chunked.replace("\r", byte)),
			(byte) => byte === "\r",
		],
		[
			"in place of a chunk's line feed",
			(byte) => chat(["transfer-encoding: chunked", "connection: close"], chunked.replace("\n", byte)),
			(byte) => byte === "\n",
		],
		[
			"in place of a line's carriage return",
			(byte) => requestText({ headers: ["connection: close"] }).replace("\r", byte),
			(byte) => byte === "\r",
		],
		[
			"in place of a line's line feed",
			(byte) => requestText({ headers: ["connection: close"] }).replace("\n", byte),
			(byte) => byte === "\n",
		],
	];
	// With a digit these wait for a body, as they should.
	const waits = (place: string, byte: string) =>
		(/length$/.test(place) && /[1-9]/.test(byte)) ||
		(/size$/.test(place) && /[0-9a-f]/i.test(byte) && !(place.startsWith("before") && byte === "0"));

	test.each(places)("%s is heard where it belongs and else refused", async (place, write, belongs) => {
		const tried = bytes.filter((byte) => !waits(place, byte));
		const answers = await Promise.all(
			tried.map(async (byte) => ({ byte, ...(await sendRaw(pair.gateway.port, write(byte))) })),
		);
		const arrivals = pair.arrivals();
		const wrong = answers.filter(({ byte, status, closed }) => !closed || belongs(byte) !== (status === 200));
		expect(wrong.map(({ byte, status, closed }) => ({ byte: shown(byte), status, closed }))).toEqual([]);
		for (const { status, text } of answers) if (status !== 200) expectOnlyRefusal(text, [400, 404, 405, 501, 505]);
		expect(arrivals).toHaveLength(tried.filter(belongs).length);
		if (place === "before the target") expect(new Set(arrivals.map(({ url }) => url))).toEqual(new Set(["/v1/models"]));
	});
});

describe("requests one after the other", () => {
	const model = (name: string, ...headers: string[]) => requestText({ target: `/v1/models/${name}`, headers });

	test.each([2, 10, 100])("are answered in their order, though the host answers the last first: %i", async (count) => {
		const names = Array.from({ length: count }, (_, index) => `m${index}-wait-${(count - index) % 50}`);
		const messages = await answersTo(names.map((name) => model(name)).join(""), count);
		expect(messages.map((message) => JSON.parse(message.body).id)).toEqual(names.map((name) => `/v1/models/${name}`));
		expect(pair.arrivals()).toHaveLength(count);
	});

	test("are answered in their order with bodies, chunks, errors and empty lines among them", async () => {
		const requests = [
			[chat([`content-length: ${body.length}`], body), 200],
			[chat(["transfer-encoding: chunked"], chunked), 200],
			[requestText({ target: "/nowhere" }), 404],
			[`\r\n${model("a-wait-30")}`, 200],
			[chat(["content-length: 2"], "{}"), 400],
			[requestText({ method: "DELETE" }), 405],
			[chat(["content-length: 5"], "[[[[["), 400],
			[requestText({ target: "/healthz" }), 200],
		] as const;
		const messages = await answersTo(requests.map(([text]) => text).join(""), requests.length);
		expect(statuses(messages)).toEqual(requests.map(([, status]) => status));
		pair.arrivals();
	});

	test.each([1, 2, 3, 5, 7, 11, 64])("are heard in pieces of %i bytes", async (length) => {
		const text =
			chat([`content-length: ${body.length}`], body) + chat(["transfer-encoding: chunked"], chunked) + model("a");
		const connection = openRaw(pair.gateway.port);
		await connected(connection);
		for (let at = 0; at < text.length; at += length) {
			connection.send(text.slice(at, at + length));
			await new Promise((resolve) => setImmediate(resolve));
		}
		expect(statuses(await connection.answers(3))).toEqual([200, 200, 200]);
		connection.destroy();
		expect(pair.arrivals().map((arrival) => arrival.body.toString())).toEqual([body, body, ""]);
	});

	const refusals: [string, string, number][] = [
		["no request", "GARBAGE\r\n\r\n", 400],
		["a bare line feed", "GET /v1/models HTTP/1.1\n\n", 400],
		["two lengths", chat(["content-length: 5", "transfer-encoding: chunked"], chunked), 400],
		["a bad chunk", chat(["transfer-encoding: chunked"], "zz\r\n"), 400],
		["a request that is too large", model("a", `x-a: ${"a".repeat(20_000)}`), 431],
		["CONNECT", requestText({ method: "CONNECT", target: "gateway:80" }), 405],
		["an unknown expectation", requestText({ headers: ["expect: x"] }), 417],
		["a wrong host", requestText({ host: "a/b" }), 400],
		["a wrong version", requestText({ version: "HTTP/2.0" }), 505],
	];

	test.each(refusals)(
		"with %s after them get their own answers first, and it gets its refusal",
		async (_name, last, status) => {
			for (const wait of [0, 20]) {
				const { text, closed } = await sendRaw(
					pair.gateway.port,
					model(`a-wait-${wait * 2}`) + model(`b-wait-${wait}`) + last + smuggled,
				);
				expect(statuses(readMessages(text))).toEqual([200, 200, status]);
				expect(closed).toBe(true);
				expect(
					pair
						.arrivals()
						.map(({ url }) => url)
						.sort(),
				).toEqual([`/v1/models/a-wait-${wait * 2}`, `/v1/models/b-wait-${wait}`]);
			}
		},
	);

	test.each(refusals)("on a connection that was idle before are no worse off: %s", async (_name, last, status) => {
		const connection = openRaw(pair.gateway.port);
		connection.send(model("a"));
		await connection.answers(1);
		connection.send(last + smuggled);
		await connection.closed;
		expect(statuses(connection.messages())).toEqual([200, status]);
		expect(pair.arrivals()).toHaveLength(1);
	});

	test("after one that closes the connection are not heard", async () => {
		const { text, closed } = await sendRaw(pair.gateway.port, model("a", "connection: close") + smuggled);
		expect(statuses(readMessages(text))).toEqual([200]);
		expect(closed).toBe(true);
		expect(pair.arrivals().filter(({ url }) => url.includes("smuggled"))).toEqual([]);
	});

	test("of which one gets a malformed rest to its body after its answer get no second answer", async () => {
		const connection = openRaw(pair.gateway.port);
		connection.send(requestText({ method: "POST", target: "/nowhere", headers: ["transfer-encoding: chunked"] }));
		expect(statuses(await connection.answers(1))).toEqual([404]);
		connection.send(`zz\r\n${smuggled}`);
		await connection.closed;
		expect(connection.messages()).toHaveLength(1);
		expect(pair.arrivals()).toEqual([]);
	});
});

testHealthAfterwards(pair);
