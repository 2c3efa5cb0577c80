import { expect, test } from "vitest";
import type { LedgerEntry } from "../../src/mockHosts/lab/labLedger.js";
import { piecesOf, referenceAnswer } from "../../src/mockHosts/lab/referenceAnswers.js";
import { ask, chatBody, contentOf, eventsOf, heldWaits, startLab } from "./startLab.js";

const streamed = (model: string, more: object = {}) => chatBody(model, { stream: true, ...more });
const all = piecesOf(referenceAnswer);
const first = (count: number) => all.slice(0, count).join("");

test("a whole stream says the reference answer, a finish reason, exact usage and [DONE]", async () => {
	const { lab, url } = await startLab();
	const { status, headers, text, ending } = await ask(url, streamed("ok", { stream_options: { include_usage: true } }));
	expect({ status, type: headers["content-type"], ending }).toEqual({
		status: 200,
		type: "text/event-stream",
		ending: "end",
	});
	expect(contentOf(text)).toMatchObject({ content: referenceAnswer, finish: "stop" });
	const { chunks, others } = eventsOf(text);
	expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
	expect(chunks.at(-1)).toMatchObject({
		choices: [],
		usage: { prompt_tokens: 5, completion_tokens: all.length, total_tokens: 5 + all.length },
	});
	expect(others).toEqual(["[DONE]"]);
	expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
	expect(lab.ledger.entries()).toMatchObject([
		{
			fault: null,
			prompt_tokens: 5,
			completion_tokens: all.length,
			text: referenceAnswer,
			finish_reason: "stop",
			ending: "finished",
		},
	]);
});

test("without include_usage no chunk speaks of usage", async () => {
	const { url } = await startLab();
	expect((await ask(url, streamed("ok"))).text).not.toContain('"usage"');
});

/** What ends by itself: how much is said, the last event, how the connection ends, and the ledger. */
const endings: [string, number, string | RegExp, string, Partial<LedgerEntry>][] = [
	["cut:7", 7, "", "ECONNRESET", { ending: "cut" }],
	["cut:0", 0, "", "ECONNRESET", { ending: "cut" }],
	["cut:9999", all.length, "", "ECONNRESET", { ending: "cut", finish_reason: null }],
	["cut-body", all.length / 2, "", "ECONNRESET", { ending: "cut" }],
	["no-finish:7", 7, "", "end", { ending: "cut" }],
	["no-finish:7,as=done", 7, "[DONE]", "end", { ending: "cut", finish_reason: null }],
	["error-event:7", 7, /^data: \{"error":\{"message"/, "end", { ending: "cut" }],
	["error-event:7,as=event", 7, /^event: error\ndata: \{"error"/, "end", { ending: "cut" }],
	["error-event:7,as=done", 7, "[DONE]", "end", { ending: "cut" }],
	["no-done", all.length, "", "end", { ending: "finished", finish_reason: "stop" }],
	["content-filter:7", 7, "[DONE]", "end", { ending: "finished", finish_reason: "content_filter" }],
	["empty-preamble:2", 0, "", "ECONNRESET", { ending: "cut" }],
	["empty-preamble,as=error", 0, /"error"/, "end", { ending: "cut" }],
	["empty-preamble,as=end", 0, "", "end", { ending: "cut" }],
	["garbage:7", all.length, "[DONE]", "end", { ending: "finished", finish_reason: "stop" }],
	["slow:1", all.length, "[DONE]", "end", { ending: "finished", fault: "slow" }],
];

test.each(endings)("%s", async (model, pieces, last, ending, entry) => {
	const { lab, url } = await startLab();
	const ended = lab.nextEnd();
	const seen = await ask(url, streamed(model));
	expect(seen).toMatchObject({ status: 200, ending });
	expect(contentOf(seen.text).pieces).toEqual(all.slice(0, pieces));
	const event = seen.text.split("\n\n").at(-2) ?? "";
	if (last === "") expect(event).toMatch(/^data: \{"id"/);
	else expect(event).toMatch(last instanceof RegExp ? last : `data: ${last}`);
	expect(await ended).toMatchObject({ model, status: 200, pieces, completion_tokens: pieces, ...entry });
});

test("empty-preamble sends the role chunk and so many empty deltas", async () => {
	const { url } = await startLab();
	const { chunks } = eventsOf((await ask(url, streamed("empty-preamble:2"))).text);
	expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
		{ role: "assistant", content: "" },
		{ content: "" },
		{ content: "" },
	]);
});

test.each([
	["json", /^\{"id": .*brok$/],
	["html", /^<html>/],
	["binary", /\ufffd/],
])("garbage as %s is one event that is no JSON among the others", async (as, pattern) => {
	const { url } = await startLab();
	const { text } = await ask(url, streamed(`garbage:7,as=${as}`));
	expect(contentOf(text).content).toBe(referenceAnswer);
	const events = text.split("\n\n");
	// Behind the role chunk and seven pieces.
	expect(events[8]?.replace("data: ", "")).toMatch(pattern);
	expect(eventsOf(text).others).toHaveLength(2);
});

/** What stays open until the client leaves. */
test.each([
	["stall:7", first(7), null],
	["no-done-open", referenceAnswer, "stop"],
	["done-open", referenceAnswer, "stop"],
	["empty-preamble,as=stall", "", null],
])("%s leaves the connection open until the client leaves", async (model, content, finish) => {
	const { lab, url } = await startLab();
	const left = lab.nextAbort();
	const last = { "no-done-open": /"finish_reason":"stop".*\n\n/, "done-open": /\[DONE\]\n\n/ }[model];
	const said = new RegExp(`(data: .*?\\n\\n){${model.startsWith("stall") ? 8 : 4}}$`, "s");
	const seen = await ask(url, streamed(model), { leaveAfter: last ?? said });
	expect(seen.ending).toBe("open");
	expect(contentOf(seen.text)).toMatchObject({ content, finish });
	expect(seen.text.endsWith("data: [DONE]\n\n")).toBe(model === "done-open");
	expect(await left).toMatchObject({ model, text: content, finish_reason: finish, ending: "left" });
});

test("departs says the same up to a piece, and something else from there", async () => {
	const { url } = await startLab();
	const { content, pieces } = contentOf((await ask(url, streamed("departs:10"))).text);
	expect(pieces.slice(0, 10)).toEqual(all.slice(0, 10));
	expect(pieces[10]).not.toBe(all[10]);
	expect(content.length).toBe(referenceAnswer.length);
});

test("late-first-token sends the role chunk at once and the first token after its time", async () => {
	const waits = heldWaits();
	const { lab, url } = await startLab({ wait: waits.wait });
	const asking = ask(url, streamed("late-first-token:300"));
	const { ms, release } = await waits.next();
	expect(ms).toBe(300);
	expect(lab.ledger.entries()).toMatchObject([{ status: 200, pieces: 0, ending: "open" }]);
	release();
	expect(contentOf((await asking).text).content).toBe(referenceAnswer);
});

test("pace is a wait before each piece", async () => {
	const waits = heldWaits();
	const { lab, url } = await startLab({ wait: waits.wait });
	const left = lab.nextAbort();
	const asking = ask(url, streamed("ok,pace=70"), { leaveAfter: /Every.* stream.*\n\n$/s });
	for (const said of [0, 1]) {
		const { ms, release } = await waits.next();
		expect([ms, lab.ledger.entries()[0]?.pieces]).toEqual([70, said]);
		release();
	}
	await asking;
	expect(await left).toMatchObject({ text: "Every stream", ending: "left", completion_tokens: 2 });
});

test("a client that leaves is noticed while pieces follow each other at full speed", async () => {
	const { lab, url } = await startLab();
	const left = lab.nextAbort();
	// Each choice is a piece of its own, so this is a long answer.
	await ask(url, streamed("ok", { n: 100 }), { leaveAfter: /stream/ });
	const { completion_tokens, ended_at_ms, received_at_ms } = await left;
	expect(completion_tokens).toBeLessThan(all.length * 100);
	expect(ended_at_ms).toBeGreaterThanOrEqual(received_at_ms);
});

test("max_tokens cuts the answer with finish reason length, and counts", async () => {
	const { lab, url } = await startLab();
	const { text } = await ask(url, streamed("ok", { max_tokens: 9 }));
	expect(contentOf(text)).toMatchObject({ content: first(9), finish: "length" });
	expect(lab.ledger.entries()).toMatchObject([{ completion_tokens: 9, finish_reason: "length" }]);
});

test("n choices say the same, and count each", async () => {
	const { lab, url } = await startLab();
	const { text } = await ask(url, streamed("ok", { n: 2, max_completion_tokens: 5 }));
	expect([contentOf(text, 0), contentOf(text, 1)]).toMatchObject(
		[0, 1].map(() => ({ content: first(5), finish: "length" })),
	);
	expect(lab.ledger.entries()).toMatchObject([{ pieces: 5, completion_tokens: 10 }]);
});

test("pieces and escape change how the same text is written", async () => {
	const { url } = await startLab();
	const { text } = await ask(url, streamed("ok,pieces=3,escape=1"));
	expect(text).toMatch(/^[\x00-\x7e]+$/);
	const { content, pieces } = contentOf(text);
	expect(content).toBe(referenceAnswer);
	expect([...(pieces[0] ?? "")]).toHaveLength(3);
});

test("text completions stream text", async () => {
	const { lab, url } = await startLab();
	const body = JSON.stringify({ model: "ok", prompt: ["one two", "three"], stream: true });
	const { text } = await ask(url, body, { path: "/v1/completions" });
	expect([contentOf(text, 0).content, contentOf(text, 1).content]).toEqual([referenceAnswer, referenceAnswer]);
	expect(lab.ledger.entries()).toMatchObject([{ prompt_tokens: 3, completion_tokens: all.length * 2 }]);
});
