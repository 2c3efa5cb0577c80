import { expect, test } from "vitest";
import { faultNames } from "../../src/mockHosts/lab/faults.js";
import { createLedger, type LedgerEntry } from "../../src/mockHosts/lab/labLedger.js";
import { ask, chatBody, question, startLab } from "./startLab.js";

/** Statuses of so many requests to a model, one after the other. */
async function statuses(url: string, model: string, count: number): Promise<(number | undefined)[]> {
	const seen: (number | undefined)[] = [];
	while (seen.length < count) seen.push((await ask(url, chatBody(model))).status);
	return seen;
}

test.each([
	["error:500,times=2", [500, 500, 200, 200, 200]],
	["error:500,every=2", [200, 500, 200, 500, 200]],
	["error:500,every=2,times=1", [200, 500, 200, 200, 200]],
	["flap:2,ok=1", [503, 503, 200, 503, 503]],
	["flap:1", [503, 200, 503, 200, 503]],
	["flap:2,ok=1,times=3", [503, 503, 200, 503, 200]],
])("%s answers with %j", async (model, expected) => {
	const { lab, url } = await startLab();
	expect(await statuses(url, model, expected.length)).toEqual(expected);
	const faults = lab.ledger.entries().map(({ fault }) => fault !== null);
	expect(faults).toEqual(expected.map((status) => status !== 200));
});

test("each name counts for itself, and so does each lab", async () => {
	const [one, other] = [await startLab(), await startLab()];
	expect(await statuses(one.url, "error:500,times=1,id=a", 2)).toEqual([500, 200]);
	expect(await statuses(one.url, "error:500,times=1,id=b", 2)).toEqual([500, 200]);
	expect(await statuses(other.url, "error:500,times=1,id=a", 2)).toEqual([500, 200]);
});

test("slow is over when its times are", async () => {
	const waits: number[] = [];
	const { url } = await startLab({ wait: async (ms) => void waits.push(ms) });
	for (let asked = 0; asked < 2; asked += 1) await ask(url, chatBody("slow:5,times=1", { max_tokens: 2 }));
	expect(waits).toEqual([10, 0]);
});

test("GET /lab/requests says what was asked, without credentials", async () => {
	const { url } = await startLab();
	await ask(url, chatBody("ok", { max_tokens: 2, stream: true }));
	await ask(url, "{");
	await ask(url, chatBody("error:429"));
	const listed = async (query = "") =>
		((await (await fetch(`${url}/lab/requests${query}`)).json()) as { data: LedgerEntry[] }).data;
	const [streamed, broken, refused] = await listed();
	expect(streamed).toEqual({
		number: 1,
		received_at_ms: expect.any(Number),
		method: "POST",
		path: "/v1/chat/completions",
		model: "ok",
		stream: true,
		headers: expect.objectContaining({
			"content-type": "application/json",
			authorization: expect.stringMatching(/^Bearer \[redacted [0-9a-f]{8}\]$/),
		}),
		body: { model: "ok", messages: question, max_tokens: 2, stream: true },
		fault: null,
		status: 200,
		cached_tokens: 0,
		prompt_tokens: 5,
		completion_tokens: 2,
		pieces: 2,
		text: "Every stream",
		finish_reason: "length",
		ending: "finished",
		ended_at_ms: expect.any(Number),
	});
	expect(broken).toMatchObject({ model: null, body: "{", status: 400, ending: "refused" });
	expect(refused).toMatchObject({ model: "error:429", fault: "error", ending: "refused" });
	expect(JSON.stringify(await listed())).not.toContain("sk-secret");
	expect((await listed("?limit=1")).map(({ number }) => number)).toEqual([3]);
	expect((await listed("?model=ok")).map(({ number }) => number)).toEqual([1]);
});

test("DELETE /lab/requests empties the ledger and counts from the start", async () => {
	const { lab, url } = await startLab();
	const model = "error:500,times=1";
	expect(await statuses(url, model, 2)).toEqual([500, 200]);
	expect((await fetch(`${url}/lab/requests`, { method: "DELETE" })).status).toBe(204);
	expect(lab.ledger.entries()).toEqual([]);
	expect(await statuses(url, model, 2)).toEqual([500, 200]);
	expect(lab.ledger.entries().map(({ number }) => number)).toEqual([1, 2]);
});

test("the ledger keeps the newest, by number and by size", () => {
	const ledger = createLedger(() => 0, 3);
	const asked = { method: "POST", path: "/", model: "ok", stream: false, headers: {}, body: null };
	const kept = () => ledger.entries().map(({ number }) => number);
	for (let count = 0; count < 5; count += 1) ledger.open(asked, 10);
	expect(kept()).toEqual([3, 4, 5]);
	ledger.open(asked, 64 * 1024 ** 2);
	expect(kept()).toEqual([6]);
});

test("a body too large to keep is answered, one too large to read is refused", async () => {
	const { lab, url } = await startLab();
	const content = "word ".repeat(300_000);
	const { status } = await ask(url, JSON.stringify({ model: "ok", messages: [{ role: "user", content }] }));
	expect(status).toBe(200);
	expect(lab.ledger.entries()).toMatchObject([{ body: null, prompt_tokens: 300_000 }]);
	const tooLarge = await ask(url, " ".repeat(33 * 1024 ** 2));
	expect(tooLarge.status).toBe(413);
	expect(JSON.parse(tooLarge.text).error.message).toMatch(/at most/);
});

test("the time a client left is the clock's at that moment", async () => {
	let nowMs = 1000;
	const { lab, url } = await startLab({ now: () => nowMs });
	const left = lab.nextAbort();
	const asked = lab.nextRequest();
	const asking = ask(url, chatBody("stall:1", { stream: true }), { leaveAfter: /Every.*\n\n$/s });
	await asked;
	nowMs = 1750;
	await asking;
	expect(await left).toMatchObject({ received_at_ms: 1000, ended_at_ms: 1750 });
});

test("GET /v1/models lists a name for each fault, and each can be asked for", async () => {
	const { url } = await startLab();
	const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string; description: string }[] };
	expect(data.map(({ id }) => id.split(":")[0])).toEqual(faultNames);
	for (const { id } of data)
		expect(await (await fetch(`${url}/v1/models/${encodeURIComponent(id)}`)).json()).toMatchObject({ id });
	expect((await fetch(`${url}/v1/models/cutt`)).status).toBe(404);
	expect((await fetch(`${url}/v1/models/%`)).status).toBe(404);
});
