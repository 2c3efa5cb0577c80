/** Failed and refused requests, and unknown prices: what records, sums, the command line and the dashboard's API say of them. */
import { expect, test, vi } from "vitest";
import { barChart } from "../../src/cli/commands/usageChart.js";
import { entriesOf } from "../../src/store/usageLine.js";
import { alikeEntries, createModelNames, sumRows } from "../../src/store/usageSums.js";
import { configFile } from "../config/files.js";
import { errorOf, postChat } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { startLab } from "../kit/routing.js";
import { usageRecord } from "../kit/usage.js";

const text = (url: string) => `
workers: 1
bindport: 0
upstreams:
  unpriced: {url: "${url}"}
  own: {url: "${url}", cost: {input: 0, output: 0}}
  narrow: {url: "${url}", maxConcurrency: 1}
defaults: {retry: {attempts: 1, maxWait: 0}}
limits: {models: {limited: {requestsPerMinute: 1}}}
routes:
  - {model: [strange, limited], targets: [unpriced/ok]}
  - {model: own, targets: [own/ok]}
  - {model: sick, targets: ["unpriced/error:500"]}
  - {model: narrow, targets: ["narrow/silent"]}
`;

test("each is under its model, as failed or refused, and what has no price has none", async () => {
	const lab = await startLab();
	const llmw = runLlmw(["--config", configFile(text(lab.url))]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const messages = [{ role: "user", content: "Hello" }];
	const ask = async (model: string, more: object = {}) => {
		const response = await postChat(`${url}/v1`, { model, messages, ...more });
		const { status } = response;
		return [status, status < 400 ? "" : (await errorOf(response)).code];
	};
	expect(await ask("strange")).toEqual([200, ""]);
	expect(await ask("own")).toEqual([200, ""]);
	expect(await ask("limited")).toEqual([200, ""]);
	expect((await ask("limited"))[0]).toBe(429);
	expect((await ask("sick"))[0]).toBe(500);
	expect(await ask("sick", { temperature: 9 })).toEqual([400, "invalid_value"]);
	expect(await ask("nobody")).toEqual([404, "model_not_found"]);
	const hanging = new AbortController();
	const held = fetch(`${url}/v1/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "narrow", messages }),
		signal: hanging.signal,
	}).catch(() => "left");
	await vi.waitFor(() => expect(lab.ledger.entries().at(-1)?.body).toMatchObject({ model: "silent" }));
	expect((await ask("narrow"))[0]).toBe(503);
	hanging.abort();
	expect(await held).toBe("left");

	const rows = async () => {
		const { stdout } = await resultOf(["usage", "--by", "model", "--url", url]);
		const [head = "", ...lines] = stdout.trimEnd().split("\n");
		const names = head.split(/ {2,}/);
		const cells = lines.map((line) => line.trim().split(/ {2,}/));
		return Object.fromEntries(
			cells.map((row) => [row[0], ["REQUESTS", "FAILED", "REFUSED", "COST"].map((name) => row[names.indexOf(name)])]),
		);
	};
	await vi.waitFor(
		async () =>
			expect(await rows()).toEqual({
				strange: ["1", "0", "0", "–"],
				own: ["1", "0", "0", "$0.00"],
				limited: ["2", "0", "1", "–"],
				sick: ["2", "1", "1", "–"],
				nobody: ["1", "0", "1", "–"],
				narrow: ["2", "1", "0", "–"],
				all: ["9", "2", "3", "$0.00"],
			}),
		{ timeout: 20_000, interval: 200 },
	);

	const { data } = (await (await fetch(`${url}/v1/usage?group_by=model&bucket_width=1d&limit=1`)).json()) as {
		data: { results: { model: string; cost: number | null }[] }[];
	};
	const costs = Object.fromEntries((data[0]?.results ?? []).map(({ model, cost }) => [model, cost]));
	expect([costs.strange, costs.own, costs.nobody]).toEqual([null, 0, null]);
	const csv = (await resultOf(["usage", "--by", "model", "--csv", "--url", url])).stdout;
	expect(csv).toMatch(/,strange,1,.*,,0,0,\d+\r?$/m);
});

test("names that clients make up are kept up to a number, and those that hosts have answered to always", () => {
	const names = createModelNames();
	const refused = (model: string | null) => usageRecord({ model, attempts: [], outcome: "refused" });
	const entries = entriesOf(Array.from({ length: 2000 }, (_none, at) => refused(`made-up-${at}`)));
	const rows = sumRows(alikeEntries(entries, names));
	expect(new Set(rows.map(({ model }) => model)).size).toBe(501);
	const later = [refused("made-up-7"), refused("made-up-1999"), refused(null), usageRecord({ model: "answered" })];
	expect(entriesOf(later).map((entry) => names.of(entry))).toEqual(["made-up-7", "(others)", "", "answered"]);
});

test("a chart tells a day without a known price from one on which nothing was used", () => {
	const day = (start_time: number, costs: (number | null)[]) => ({
		object: "bucket" as const,
		start_time,
		end_time: start_time + 86_400,
		results: costs.map((cost) => ({
			object: "gateway.usage.result" as const,
			...{ requests: 1, failed: 0, cancelled: 0, refused: 0, attempts: 1, estimated: 0, duration_ms: 1 },
			...{ input_tokens: 5, cached_tokens: 0, cache_write_tokens: 0, cache_write_1h_tokens: 0 },
			...{ audio_input_tokens: 0, image_input_tokens: 0 },
			...{ output_tokens: 5, reasoning_tokens: 0, audio_output_tokens: 0, image_output_tokens: 0 },
			...{ search_units: 0, characters: 0, audio_seconds: 0, images: 0, file_bytes: 0 },
			...{ cached_requests: 0, saved: 0 },
			cost,
		})),
	});
	const lines = barChart([day(0, [1.5, null]), day(86_400, [null]), day(172_800, [])]).split("\n");
	expect(lines.slice(1).map((line) => line.split(/ {2,}/)[1])).toEqual(["$1.50", "–", "$0.00"]);
});
