/** Multipart bodies that are wrong, cut, nested, huge or malicious. */
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import {
	audioFile,
	boundary,
	formBytes,
	formType,
	lastBoundary,
	type Part,
	partBytes,
	postForm,
} from "../kit/forms.js";
import { errorOf, startGateway, type TestGateway, temporaryFolder, withoutRateLimit } from "../kit/gateway.js";

let host: TestHost;
let gateway: TestGateway;
const data = temporaryFolder();
const flags = { "max-upload": "3mb", "upload-memory": "32kb", overlay: withoutRateLimit(), data };

beforeAll(async () => {
	host = await startAiHost((_request, response) => sendJson(response, { text: "Hi" }));
	gateway = await startGateway(host.url, flags);
});
afterAll(async () => {
	await gateway.stop();
	await host.close();
});

const model: Part = { name: "model", value: "whisper-1" };
const file = audioFile("sound");
const raw = (head: string, value = "x") => Buffer.from(`--${boundary}\r\n${head}\r\n\r\n${value}\r\n`);
/** What servers with other ideas of lines read as another model. */
const hidden = (end: string) =>
	`x${end}--${boundary}${end}content-disposition: form-data; name="model"${end}${end}other`;
const hiding = /boundary at the beginning of a line/;
const withFile = (...parts: Buffer[]) => Buffer.concat([partBytes(model), ...parts, partBytes(file), lastBoundary]);

test.each<[string, Buffer, Record<string, string>, number, RegExp]>([
	["no boundary", formBytes([model, file]), { "content-type": "multipart/form-data" }, 400, /one boundary/],
	["two boundaries", formBytes([model, file]), { "content-type": `${formType}; boundary=b` }, 400, /one boundary/],
	[
		"an odd boundary",
		formBytes([model, file]),
		{ "content-type": 'multipart/form-data; boundary="a\tb"' },
		400,
		/one boundary/,
	],
	[
		"another boundary",
		formBytes([model, file]),
		{ "content-type": "multipart/form-data; boundary=b" },
		400,
		/no whole/,
	],
	["JSON", Buffer.from("{}"), { "content-type": "application/json" }, 415, /must be multipart\/form-data/],
	["a coding", formBytes([model, file]), { "content-encoding": "gzip" }, 415, /without content-encoding/],
	["an empty body", Buffer.from(" "), {}, 400, /no whole/],
	["no parts", lastBoundary, {}, 400, /file/],
	["no last boundary", Buffer.concat([partBytes(model), partBytes(file)]), {}, 400, /no whole/],
	["a part that is cut in its head", Buffer.from(`--${boundary}\r\nContent-Dispos`), {}, 400, /no whole/],
	["no file", formBytes([model]), {}, 400, /file/],
	["a text as the file", formBytes([model, { name: "file", value: "x" }]), {}, 400, /file must be a file/],
	["a file as the model", formBytes([{ ...model, filename: "m" }, file]), {}, 400, /model must be a field/],
	["two models", formBytes([model, model, file]), {}, 400, /'model' may be given only once/],
	["two models around the file", formBytes([model, file, model]), {}, 400, /'model' may be given only once/],
	[
		"a model in other letters",
		formBytes([model, { name: "Model", value: "x" }, file]),
		{},
		400,
		/written exactly 'model'/,
	],
	["no number", formBytes([model, { name: "temperature", value: "warm" }, file]), {}, 400, /temperature/],
	["an endless number", formBytes([model, { name: "temperature", value: "1e400" }, file]), {}, 400, /temperature/],
	["an empty model", formBytes([{ ...model, value: "" }, file]), {}, 400, /model must be a name/],
	[
		"a nested form",
		withFile(raw('Content-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=c')),
		{},
		400,
		/multipart itself/,
	],
	["no disposition", withFile(raw("Content-Type: text/plain")), {}, 400, /no valid content-disposition/],
	[
		"another disposition",
		withFile(raw('Content-Disposition: attachment; name="model"')),
		{},
		400,
		/no valid content-disposition/,
	],
	[
		"two dispositions",
		withFile(raw('Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="model"')),
		{},
		400,
		/no valid/,
	],
	[
		"two names",
		withFile(raw('Content-Disposition: form-data; name="a"; name="model"')),
		{},
		400,
		/two parameters name/,
	],
	[
		"an extended name",
		withFile(raw(`Content-Disposition: form-data; name="a"; name*=utf-8''model`)),
		{},
		400,
		/a parameter name\*/,
	],
	["a boundary after a bare line feed", withFile(partBytes({ name: "prompt", value: hidden("\n") })), {}, 400, hiding],
	["a boundary after a carriage return", withFile(partBytes({ name: "prompt", value: hidden("\r") })), {}, 400, hiding],
	["a boundary in a file", formBytes([model, audioFile(hidden("\n"))]), {}, 400, hiding],
	[
		"a boundary at the very beginning of a file",
		formBytes([model, audioFile(hidden("\n").slice(2))]),
		{},
		400,
		/no whole/,
	],
	["no name", withFile(raw('Content-Disposition: form-data; name=""')), {}, 400, /must have a name/],
	[
		"a bare line break in a head",
		withFile(raw('Content-Disposition: form-data; name="a\nmodel"')),
		{},
		400,
		/no valid/,
	],
	[
		"a head without an end",
		withFile(raw(`Content-Disposition: form-data; name="${"a".repeat(20_000)}"`)),
		{},
		400,
		/no valid/,
	],
	[
		"too many parts",
		withFile(...Array.from({ length: 300 }, (_, at) => partBytes({ name: `a${at}`, value: "x" }))),
		{},
		413,
		/more than 200 parts/,
	],
	[
		"a field that is too large",
		formBytes([model, { name: "prompt", value: "x".repeat(2_000_000) }, file]),
		{},
		413,
		/fields of the body are larger/,
	],
	[
		"a file that is too large",
		formBytes([model, audioFile(Buffer.alloc(4_000_000))]),
		{},
		413,
		/larger than 3145728 bytes/,
	],
])("a body with %s is refused", async (_what, body, headers, status, message) => {
	const before = host.received.length;
	const response = await postForm(gateway.url, body, headers);
	expect([response.status, (await errorOf(response)).message]).toEqual([status, expect.stringMatching(message)]);
	expect(host.received).toHaveLength(before);
	expect(leftOnDisk()).toEqual([]);
});

test("a body of unknown length that grows too large is refused", async () => {
	const asked = request(`${gateway.url}/v1/audio/transcriptions`, {
		method: "POST",
		headers: { "content-type": formType, "transfer-encoding": "chunked" },
	});
	const answered = once(asked, "response");
	asked.write(partBytes(model));
	asked.write(partBytes(audioFile(Buffer.alloc(4_000_000))));
	asked.end(lastBoundary);
	const [response] = (await answered) as [IncomingMessage];
	response.resume();
	expect(response.statusCode).toBe(413);
});

test("a client that leaves while its body is put on disk leaves nothing there", async () => {
	const own = temporaryFolder();
	const other = await startGateway(host.url, { ...flags, data: own });
	onTestFinished(() => other.stop());
	const hold = other.gateway.services.bodies;
	const asked = request(`${other.url}/v1/audio/transcriptions`, {
		method: "POST",
		headers: { "content-type": formType, "content-length": 1_000_000 },
	});
	asked.on("error", () => {});
	asked.write(partBytes(audioFile(Buffer.alloc(100_000))));
	await expect.poll(() => existsSync(join(own, "spool"))).toBe(true);
	asked.destroy();
	await expect.poll(() => hold.heldBytes).toBe(0);
	expect(readdirSync(join(own, "spool"))).toEqual([]);
});

test("a boundary after a bare line feed is found wherever a body is cut, also in one that is passed on as it comes", async () => {
	const bytes = formBytes([model, audioFile(`${"x".repeat(60_000)}${hidden("\n")}`)]);
	const at = bytes.indexOf("\n------llmw-test\ncontent");
	for (const cut of [at, at + 1, at + 5, at + 15]) {
		const asked = request(`${gateway.url}/v1/audio/transcriptions`, {
			method: "POST",
			headers: { "content-type": formType, "content-length": bytes.length },
		});
		const answered = once(asked, "response");
		asked.write(bytes.subarray(0, cut), () => setImmediate(() => asked.end(bytes.subarray(cut))));
		const [response] = (await answered) as [IncomingMessage];
		response.resume();
		expect(response.statusCode).toBe(400);
	}
});

test("what stands before the first part reaches no upstream", async () => {
	const before = Buffer.from(`\n--${boundary}\ncontent-disposition: form-data; name="model"\n\nother\r\n`);
	const response = await postForm(
		gateway.url,
		Buffer.concat([before, formBytes([model, audioFile(Buffer.alloc(60_000))])]),
	);
	expect(response.status).toBe(200);
	expect(host.received.at(-1)?.body.toString()).not.toContain("other");
});

describe("an upload", () => {
	test("may take longer than other requests, as long as it goes on", async () => {
		const patient = await startGateway(host.url, { ...flags, "request-timeout": "2s" });
		onTestFinished(() => patient.stop());
		const asked = request(`${patient.url}/v1/audio/transcriptions`, {
			method: "POST",
			headers: { "content-type": formType, "transfer-encoding": "chunked" },
		});
		const answered = once(asked, "response");
		asked.write(partBytes(model));
		asked.write(partBytes(file).subarray(0, -2));
		// Time is what this is about.
		for (let piece = 0; piece < 10; piece += 1) {
			await sleep(300);
			asked.write("more");
		}
		asked.end(Buffer.concat([Buffer.from("\r\n"), lastBoundary]));
		const [response] = (await answered) as [IncomingMessage];
		response.resume();
		expect(response.statusCode).toBe(200);
	});

	test("that falls silent is ended", async () => {
		const impatient = await startGateway(host.url, { ...flags, "request-timeout": "100ms" });
		onTestFinished(() => impatient.stop());
		const asked = request(`${impatient.url}/v1/audio/transcriptions`, {
			method: "POST",
			headers: { "content-type": formType, "transfer-encoding": "chunked" },
		});
		asked.on("error", () => {});
		const answered = once(asked, "response");
		asked.write(partBytes(model));
		const [response] = (await answered) as [IncomingMessage];
		expect([response.statusCode, response.headers.connection]).toEqual([408, "close"]);
		response.resume();
		await once(asked, "close");
	});
});

function leftOnDisk(): string[] {
	const folder = join(data, "spool");
	return existsSync(folder) ? readdirSync(folder) : [];
}
