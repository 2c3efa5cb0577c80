import { expect, test } from "vitest";
import { piecesOf, referenceAnswer } from "../../src/mockHosts/lab/referenceAnswers.js";
import { ask, chatBody, heldWaits, startLab } from "./startLab.js";

const all = piecesOf(referenceAnswer);
const connectionClosed = { status: 200, ending: "ECONNRESET" };

test("a whole answer is the reference answer with exact usage", async () => {
	const { lab, url } = await startLab();
	const { status, text } = await ask(url, chatBody("ok"));
	expect(status).toBe(200);
	expect(JSON.parse(text)).toMatchObject({
		object: "chat.completion",
		model: "ok",
		choices: [{ index: 0, message: { role: "assistant", content: referenceAnswer }, finish_reason: "stop" }],
		usage: { prompt_tokens: 5, completion_tokens: all.length, total_tokens: 5 + all.length },
	});
	expect(lab.ledger.entries()).toMatchObject([
		{ stream: false, prompt_tokens: 5, completion_tokens: all.length, ending: "finished" },
	]);
});

test.each(["cut:7", "cut-body", "cut,as=reset"])("%s breaks the body off half way", async (model) => {
	const { lab, url } = await startLab();
	const ended = lab.nextEnd();
	const { status, headers, text, ending } = await ask(url, chatBody(model));
	expect({ status, ending }).toEqual(connectionClosed);
	expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Number(headers["content-length"]) / 2);
	expect(await ended).toMatchObject({ ending: "cut", prompt_tokens: 5, completion_tokens: 0 });
});

test.each(["reset-after-headers", "reset-after-headers,as=close", "empty-preamble"])(
	"%s sends headers and no body",
	async (model) => {
		const { url } = await startLab();
		expect(await ask(url, chatBody(model))).toMatchObject({ ...connectionClosed, text: "" });
		const streamed = await ask(url, chatBody(model, { stream: true }));
		expect(streamed).toMatchObject(connectionClosed);
		if (model !== "empty-preamble") expect(streamed.text).toBe("");
	},
);

test("stall says half of the body and no more", async () => {
	const { lab, url } = await startLab();
	const left = lab.nextAbort();
	const { headers, text } = await ask(url, chatBody("stall"), { leaveAfter: /content/ });
	expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Number(headers["content-length"]) / 2);
	expect(await left).toMatchObject({ status: 200, completion_tokens: 0 });
});

test.each([
	["garbage", /^\{"id".*brok$/],
	["garbage,as=html", /^<html>/],
	["garbage,as=binary", /\ufffd/],
	["error-event", /^\{"error":\{"message"/],
	["empty-preamble,as=error", /^\{"error":\{"message"/],
	["empty-preamble,as=end", /^$/],
])("%s is a 200 with another body", async (model, pattern) => {
	const { lab, url } = await startLab();
	const seen = await ask(url, chatBody(model));
	expect(seen).toMatchObject({ status: 200, ending: "end" });
	expect(seen.text).toMatch(pattern);
	expect(lab.ledger.entries()).toMatchObject([{ ending: "cut", completion_tokens: 0 }]);
});

test.each([
	["no-finish:7", null],
	["content-filter:7", "content_filter"],
])("%s is an answer of so many pieces", async (model, finish) => {
	const { lab, url } = await startLab();
	const { choices, usage } = JSON.parse((await ask(url, chatBody(model))).text);
	expect(choices[0]).toMatchObject({ message: { content: all.slice(0, 7).join("") }, finish_reason: finish });
	expect(usage.completion_tokens).toBe(7);
	expect(lab.ledger.entries()).toMatchObject([{ completion_tokens: 7, finish_reason: finish }]);
});

test.each(["no-done-open", "done-open"])("%s says all of it and does not end", async (model) => {
	const { lab, url } = await startLab();
	const left = lab.nextAbort();
	const { text, ending } = await ask(url, chatBody(model), { leaveAfter: /\}\}$/ });
	expect(ending).toBe("open");
	expect(JSON.parse(text).choices[0].message.content).toBe(referenceAnswer);
	expect(await left).toMatchObject({ completion_tokens: all.length, finish_reason: "stop" });
});

test.each([
	["late-headers:300", null, [300]],
	["late-first-token:300", 200, [300]],
	["slow:3", null, [3 * all.length]],
	["ok,pace=2,delay=50", null, [50, 2 * all.length]],
])("%s waits before it answers", async (model, status, expected) => {
	const waits = heldWaits();
	const { lab, url } = await startLab({ wait: waits.wait });
	const asking = ask(url, chatBody(model));
	for (const wanted of expected) {
		const { ms, release } = await waits.next();
		expect([ms, lab.ledger.entries()[0]?.status]).toEqual([wanted, status]);
		release();
	}
	expect(JSON.parse((await asking).text).choices[0].message.content).toBe(referenceAnswer);
});

test.each(["no-done", "departs:9999"])("%s is a whole answer where there is no stream", async (model) => {
	const { url } = await startLab();
	expect(JSON.parse((await ask(url, chatBody(model))).text).choices[0].message.content).toBe(referenceAnswer);
});

test("embeddings depend on their text, and break like other bodies", async () => {
	const { lab, url } = await startLab();
	const embed = (model: string, more: object = {}) =>
		ask(url, JSON.stringify({ model, input: ["a b", "c"], ...more }), { path: "/v1/embeddings" });
	const { data, usage } = JSON.parse((await embed("ok")).text);
	expect(data).toHaveLength(2);
	expect(data[0].embedding).not.toEqual(data[1].embedding);
	expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
	const inBase64 = JSON.parse((await embed("ok", { encoding_format: "base64" })).text).data[0].embedding;
	const bytes = Uint8Array.from(Buffer.from(inBase64, "base64"));
	expect([...new Float32Array(bytes.buffer)]).toEqual(data[0].embedding);
	expect(await embed("cut")).toMatchObject(connectionClosed);
	expect((await embed("error:503")).status).toBe(503);
	expect(lab.ledger.entries()[0]).toMatchObject({ prompt_tokens: 3, completion_tokens: 0, ending: "finished" });
});
