/** Cached answers across workers and restarts, with the built command. */
import { once } from "node:events";
import { expect, test } from "vitest";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { type TestWorker, workersOf } from "../replay/kit.js";
import { question, startCountingHost } from "./kit.js";

const key = "administrator-of-caches";

test("two workers share answers, also those under way; they outlive a restart, and are cleared", {
	timeout: 90_000,
}, async () => {
	const host = await startCountingHost();
	const config = temporaryFile(
		"llmw.yaml",
		`contract: [openai, no-rate-limit]\nupstreams: {one: {url: "${host.url}", cost: {input: 1000, output: 2000}}}\nroutes: [{model: "*", targets: [one], cache: {age: 10m}}]\n`,
	);
	const variables = { LLMW_DATA: temporaryFolder(), LLMW_CONFIG: config, LLMW_ADMIN_KEY: key };
	const start = async () => {
		const llmw = runLlmw(["--bindport", "0", "--workers", "2"], variables);
		const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
		return { ...llmw, url };
	};
	const first = await start();
	const [one, other] = (await workersOf(first.url, 2)) as [TestWorker, TestWorker];
	const cacheOf = async (client: ReturnType<TestWorker["ask"]>) => (await client.response).headers["cache-status"];

	host.hold();
	const stream = question("Both", { stream: true });
	const leading = one.ask(stream, {});
	await expect.poll(() => host.received.length).toBe(1);
	const following = other.ask(stream, {});
	await expect
		.poll(async () => (await (await fetch(`${first.url}/metrics`)).text()).match(/requests_in_flight 3/))
		.toBeTruthy();
	host.release();
	expect(await following.body).toBe(await leading.body);
	expect(host.received).toHaveLength(1);
	const hit = other.ask(stream, {});
	expect([await cacheOf(hit), await hit.body]).toEqual([
		expect.stringMatching(/^llmgw; hit; ttl=\d+$/),
		await leading.body,
	]);
	const cli = (url: string, ...words: string[]) => resultOf([...words, "--url", `${url}/v1`], variables);
	expect((await cli(first.url, "cache")).stdout).toMatch(/memory +1 +\S+ +64mb\nsqlite +1 +\S+ +1gb/);

	first.process.kill("SIGTERM");
	await once(first.process, "exit");
	const second = await start();
	const [again] = (await workersOf(second.url, 2)) as [TestWorker, TestWorker];
	expect(await again.ask(question("Both"), {}).body).toContain("Answer 1");
	expect(host.received).toHaveLength(1);
	expect((await cli(second.url, "cache", "clear", "--model", "n")).stdout).toBe("0 answers removed\n");
	expect((await cli(second.url, "cache", "clear", "--model", "m")).stdout).toBe("1 answer removed\n");
	expect(await cacheOf(again.ask(question("Both"), {}))).toBe("llmgw; fwd=miss; stored");
	const wrong = await cli(second.url, "cache", "shine");
	expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("show or clear")]);
	const requests = await fetch(`${second.url}/v1/admin/requests?order=asc`, {
		headers: { authorization: `Bearer ${key}` },
	});
	expect(((await requests.json()) as { data: object[] }).data).toContainEqual(
		expect.objectContaining({ cost: 0, cached: { kind: "exact", saved: 0.02, similarity: null } }),
	);
});
