/** Lessons across workers: what one has learned all know; an operator sees it, and has it forgotten. */
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { completion, dropped, json } from "../kit/translated.js";

interface Lesson {
	id: string;
	upstream: string;
	model: string;
	kind: string;
	name: string;
	value: unknown;
	learned_at: number;
	expires_at: number;
}

const administrator = { LLMW_ADMIN_KEY: "administrator-of-lessons" };

async function startLearning() {
	const host = await startAiHost((request, response, raw) => {
		const isRefused = request.body.includes('"seed"');
		const answer = isRefused
			? json({ error: { message: "Unrecognized request argument supplied: seed" } }, 400)
			: completion({ content: "Hi" });
		return answer(request, response, raw);
	});
	onTestFinished(() => host.close());
	const config = (learned: string, url = host.url) => `
upstreams: {one: {url: "${url}/v1"}}
defaults: {learn: ${learned}}
routes: [{model: m, targets: [one]}]
`;
	const file = temporaryFile("llmw.yaml", config("{for: 2h}"));
	const llmw = runLlmw(["--config", file, "--bindport", "0", "--workers", "2", "--overlay", withoutRateLimit()], {
		...administrator,
	});
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const { port } = new URL(url);
	/** Each on a connection of its own, so that workers take turns. */
	const ask = (seed = 1) =>
		fetch(`${url}/v1/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json", connection: "close" },
			body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }], seed }),
		});
	const administer = async (method: string, path: string, key = administrator.LLMW_ADMIN_KEY) => {
		const answer = await fetch(`${url}/v1/admin${path}`, {
			method,
			headers: { authorization: `Bearer ${key}`, connection: "close" },
		});
		return { status: answer.status, body: (await answer.json()) as { data: Lesson[] } };
	};
	const llmwOf = (...words: string[]) => resultOf([...words, "--bindport", port], administrator);
	return { host, file, config, llmw, url, ask, administer, llmwOf };
}

test("a lesson is known to all workers, shown, listed, and forgotten", async () => {
	const { host, ask, administer, llmwOf } = await startLearning();
	const startedAt = Math.floor(Date.now() / 1000);
	expect((await ask()).status).toBe(200);
	await expect.poll(async () => (await administer("GET", "/lessons")).body.data.length).toBe(1);
	// A worker has been told before the primary answers its question.
	for (let turn = 0; turn < 10; turn += 1) await administer("GET", "/lessons");
	for (let turn = 0; turn < 10; turn += 1) expect(dropped(await ask())).toEqual(["seed"]);
	expect(host.received.filter((request) => request.body.includes('"seed"'))).toHaveLength(1);

	const { body } = await administer("GET", "/lessons");
	const [lesson] = body.data;
	expect(body).toMatchObject({ object: "list" });
	expect(lesson).toMatchObject({ upstream: "one", model: "m", kind: "member", name: "seed", value: null });
	expect(lesson?.learned_at).toBeGreaterThanOrEqual(startedAt);
	expect((lesson?.expires_at ?? 0) - (lesson?.learned_at ?? 0)).toBe(7200);

	const [status, statusJson, listed] = await Promise.all([
		llmwOf("status"),
		llmwOf("status", "--json"),
		llmwOf("lessons", "--json"),
	]);
	expect(status.stdout).toMatch(/upstream +model +refuses +until\none +m +seed +\d{4}-/);
	expect(JSON.parse(statusJson.stdout).lessons).toMatchObject([{ id: lesson?.id, name: "seed" }]);
	expect(JSON.parse(listed.stdout)).toEqual(lesson);

	expect(await administer("DELETE", "/lessons/nothing")).toMatchObject({ status: 404 });
	expect(await administer("DELETE", `/lessons/${lesson?.id}`)).toMatchObject({ status: 200, body: { data: [lesson] } });
	expect((await administer("GET", "/lessons")).body.data).toEqual([]);
	expect((await ask()).status).toBe(200);
	await expect.poll(async () => (await administer("GET", "/lessons")).body.data.length).toBe(1);
	expect((await llmwOf("lessons", "forget", "all")).stdout).toBe(`forgotten: ${lesson?.id}\n`);
	expect((await llmwOf("lessons")).stderr).toContain("nothing has been learned");
	const wrong = await llmwOf("lessons", "forget");
	expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("forget ID or forget all")]);
});

test("lessons are for administrators alone", async () => {
	const { administer } = await startLearning();
	for (const [method, path] of [
		["GET", "/lessons"],
		["DELETE", "/lessons"],
		["DELETE", "/lessons/a"],
	] as const)
		expect((await administer(method, path, "somebody")).status).toBe(401);
});
