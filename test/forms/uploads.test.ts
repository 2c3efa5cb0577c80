/** Multipart bodies on their way: kept in memory, passed on as they come, or put on disk. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HostAnswer, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { audioFile, formBytes, formType, lastBoundary, type Part, partBytes, partsIn, postForm } from "../kit/forms.js";
import { errorOf, startGateway, temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";

const transcript = { text: "Hello there" };
const answerWell: HostAnswer = (_request, response) => sendJson(response, transcript);
const model: Part = { name: "model", value: "test-model" };
const sound = randomBytes(60_000);
const small = { "upload-memory": "16kb" };

async function hostFor(answer: HostAnswer = answerWell): Promise<TestHost> {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

/** A gateway whose targets are these hosts, in order. */
async function inFrontOf(hosts: readonly { url: string }[], flags: Record<string, unknown> = {}, sent?: string) {
	const data = temporaryFolder();
	const upstreams = hosts.map(({ url }, place) => upstream(`host${place}`, `${url}/v1`));
	const targets = upstreams.map(({ name }) => target(sent === undefined ? name : `${name}/${sent}`));
	const gateway = await gatewayWith({ upstreams, routes: [route(targets)] }, { data, ...flags });
	return { ...gateway, leftOnDisk: () => filesIn(join(data, "spool")) };
}

function filesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

/** A request whose body is written piece by piece. */
function begin(port: number, headers: Record<string, string | number> = {}): ClientRequest {
	const asked = request({
		port,
		host: "127.0.0.1",
		method: "POST",
		path: "/v1/audio/transcriptions",
		headers: { "content-type": formType, ...headers },
	});
	asked.on("error", () => {});
	return asked;
}

async function answerOf(asked: ClientRequest): Promise<{ status: number | undefined; body: unknown }> {
	const [response] = (await once(asked, "response")) as [IncomingMessage];
	return { status: response.statusCode, body: await json(response) };
}

async function partsAt(host: TestHost, place = 0): Promise<Map<string, unknown>> {
	const { body, headers } = host.received[place] as TestHost["received"][number];
	if (headers["content-length"] !== undefined) expect(headers["content-length"]).toBe(String(body.length));
	return new Map(await partsIn(body, headers["content-type"]));
}

const file = { filename: "speech.wav", type: "audio/wav", bytes: sound };

describe("the model's name is written anew, and the file stays as it is", () => {
	test.each([
		["in memory", {}, [model, audioFile(sound)]],
		["in memory, behind the file", {}, [audioFile(sound), model]],
		["passed on as it comes", small, [{ name: "language", value: "de" }, model, audioFile(sound)]],
		["on disk", small, [audioFile(sound), model]],
	])("%s", async (_where, flags, parts) => {
		const host = await hostFor();
		const gateway = await inFrontOf([host], flags, "whisper-large");
		const response = await postForm(gateway.url, formBytes(parts));
		expect(await response.json()).toEqual(transcript);
		const received = await partsAt(host);
		expect(received.get("model")).toBe("whisper-large");
		expect(received.get("file")).toEqual(file);
		expect(received.size).toBe(parts.length);
		expect(gateway.leftOnDisk()).toEqual([]);
	});
});

describe("a large body whose model stands before its file", () => {
	test("is passed on byte for byte while it comes", async () => {
		const beginnings: Buffer[] = [];
		const host = await hostFor();
		const begun = new Promise<void>((resolve) => {
			host.server.prependListener("request", (message: IncomingMessage) => {
				message.prependListener("data", (piece: Buffer) => {
					beginnings.push(piece);
					resolve();
				});
			});
		});
		const gateway = await inFrontOf([host], small);
		const body = formBytes([model, audioFile(sound)]);
		const asked = begin(gateway.port, { "content-length": body.length });
		asked.write(body.subarray(0, 40_000));
		await begun;
		expect(host.received).toEqual([]);
		asked.end(body.subarray(40_000));
		expect(await answerOf(asked)).toEqual({ status: 200, body: transcript });
		expect(host.received[0]?.body.equals(body)).toBe(true);
		expect(host.received[0]?.headers["content-length"]).toBe(String(body.length));
	});

	test("is passed on in chunks where its client names no length", async () => {
		const host = await hostFor();
		const gateway = await inFrontOf([host], small);
		const asked = begin(gateway.port);
		asked.write(partBytes(model));
		asked.end(Buffer.concat([partBytes(audioFile(sound)), lastBoundary]));
		expect(await answerOf(asked)).toEqual({ status: 200, body: transcript });
		expect(host.received[0]?.headers["transfer-encoding"]).toBe("chunked");
		expect((await partsAt(host)).get("file")).toEqual(file);
	});

	test("is for one upstream alone once it has begun, and the error says so", async () => {
		const failing = await hostFor((_request, _response, message) => message.socket.destroy());
		const other = await hostFor();
		const gateway = await inFrontOf([failing, other], small);
		const response = await postForm(gateway.url, formBytes([model, audioFile(sound)]));
		expect(response.status).toBe(502);
		expect((await errorOf(response)).message).toMatch(/closed the connection.*passed on as it came.*--upload-memory/);
		expect(other.received).toEqual([]);
	});

	test("goes to the next upstream where the first can't be connected to", async () => {
		const gone = await startAiHost();
		await gone.close();
		const other = await hostFor();
		const gateway = await inFrontOf([gone, other], small);
		const response = await postForm(gateway.url, formBytes([model, audioFile(sound)]));
		expect(await response.json()).toEqual(transcript);
		expect((await partsAt(other)).get("file")).toEqual(file);
	});

	test.each([
		["a second model", { name: "model", value: "gpt-5" }, /model' may be given only once/],
		["a file as the model", { name: "model", value: "gpt-5", filename: "a" }, /model must be a field/],
		[
			"a nested form",
			{ name: "more", value: "x", type: "multipart/mixed; boundary=y", filename: "a" },
			/multipart itself/,
		],
	])("ends with the request where %s follows", async (_what, part, message) => {
		const host = await hostFor();
		const gateway = await inFrontOf([host], small);
		const [beginning, rest] = [Buffer.concat([partBytes(model), partBytes(audioFile(sound))]), partBytes(part)];
		const asked = begin(gateway.port);
		asked.write(beginning);
		asked.end(Buffer.concat([rest, lastBoundary]));
		const answer = (await answerOf(asked)) as { status: number; body: { error: { message: string } } };
		expect(answer.status).toBe(400);
		expect(answer.body.error.message).toMatch(message);
		expect(host.received).toEqual([]);
	});

	test("leaves the upstream when its client leaves", async () => {
		const host = await hostFor();
		const gateway = await inFrontOf([host], small);
		const body = formBytes([model, audioFile(sound)]);
		const asked = begin(gateway.port, { "content-length": body.length });
		const arrived = once(host.server, "request");
		asked.write(body.subarray(0, 40_000));
		const [, response] = (await arrived) as [IncomingMessage, ServerResponse];
		const left = once(response, "close");
		asked.destroy();
		await left;
		expect(host.received).toEqual([]);
	});
});

describe("a body that is kept whole", () => {
	test.each([
		["in memory", {}],
		["on disk", small],
	])("%s goes to the next upstream when one has failed", async (_where, flags) => {
		const failing = await hostFor((_request, response) => sendJson(response, { error: { message: "Broken" } }, 500));
		const other = await hostFor();
		const gateway = await inFrontOf([failing, other], flags);
		const response = await postForm(gateway.url, formBytes([audioFile(sound), model]));
		expect(await response.json()).toEqual(transcript);
		expect((await partsAt(failing)).get("file")).toEqual(file);
		expect((await partsAt(other)).get("file")).toEqual(file);
		expect(gateway.leftOnDisk()).toEqual([]);
	});
});

describe("what holds for other requests holds for uploads", () => {
	test("a key may ask for its models alone", async () => {
		const host = await hostFor();
		const gateway = await inFrontOf([host]);
		const { secret } = await addKey(gateway, { models: ["another-model"] });
		const form = formBytes([audioFile(sound), model]);
		const response = await postForm(gateway.url, form, { authorization: `Bearer ${secret}` });
		expect(response.status).toBe(403);
		expect(host.received).toEqual([]);
	});

	test("an idempotency key stands for one file", async () => {
		const host = await hostFor();
		const gateway = await inFrontOf([host]);
		const header = { "idempotency-key": "one" };
		const ask = (bytes: Uint8Array) => postForm(gateway.url, formBytes([model, audioFile(bytes)]), header);
		const [first, again, other] = [await ask(sound), await ask(sound), await ask(sound.subarray(1))];
		expect([first.status, again.status, other.status]).toEqual([200, 200, 422]);
		expect(host.received).toHaveLength(1);
	});
});

test("an overlay's own operation may take files", async () => {
	const schema = { type: "object", required: ["file"], properties: { file: { contentMediaType: "text/plain" } } };
	const operation = {
		operationId: "createOdd",
		"x-upstream": "/odd",
		requestBody: { required: true, content: { "multipart/form-data": { schema } } },
		responses: { "200": { description: "Anything" } },
	};
	const update = { "/v1/odd": { post: operation } };
	const overlay = { overlay: "1.0.0", info: { title: "t", version: "1" }, actions: [{ target: "$.paths", update }] };
	const host = await hostFor();
	const flags = { ...small, overlay: [temporaryFile("odd.json", JSON.stringify(overlay))] };
	const gateway = await startGateway(host.url, flags);
	onTestFinished(() => gateway.stop());
	const body = formBytes([audioFile(sound), { name: "note", value: "mine" }]);
	const response = await postForm(gateway.url, body, {}, "/v1/odd");
	expect(response.status).toBe(200);
	expect(host.received.map(({ url }) => url)).toEqual(["/v1/odd"]);
	expect(await partsAt(host)).toEqual(
		new Map<string, unknown>([
			["file", file],
			["note", "mine"],
		]),
	);
});
