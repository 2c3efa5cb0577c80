/** `llmw conversations` as a child process, against a real gateway. */
import { expect, onTestFinished, test } from "vitest";
import { gatewayFor } from "../kit/gateway.js";
import { resultOf } from "../kit/llmw.js";
import { overChat, startTurnHost } from "../kit/responses.js";
import { clientOf } from "../kit/routing.js";

test("llmw conversations lists, shows with all that was said, and removes", { timeout: 60_000 }, async () => {
	const host = await startTurnHost(overChat);
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host);
	const client = clientOf(gateway);
	const llmw = (...args: string[]) => resultOf(["conversations", ...args, "--url", gateway.baseUrl]);
	expect((await llmw("list")).stderr).toContain("no conversation is kept");
	const first = await client.conversations.create({ metadata: { topic: "stars" } });
	const other = await client.conversations.create();
	await client.responses.create({ model: "m", input: "One", conversation: first.id });
	const listed = await llmw("list");
	expect(listed).toMatchObject({ code: 0, stderr: "" });
	const rows = listed.stdout
		.trim()
		.split("\n")
		.map((line) => line.trim().split(/ {2,}/));
	expect(rows.map(([id]) => id)).toEqual(["ID", other.id, first.id]);
	expect(rows[2]?.at(-1)).toBe("topic=stars");
	expect(JSON.parse((await llmw("list", "--limit", "1", "--json")).stdout)).toMatchObject({ id: other.id });
	const shown = JSON.parse((await llmw("get", first.id)).stdout);
	expect(shown).toMatchObject({ id: first.id, metadata: { topic: "stars" } });
	expect(shown.items.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant"]);
	expect((await llmw("rm", first.id)).stdout).toBe(`removed ${first.id}\n`);
	expect(await llmw("get", first.id)).toMatchObject({ code: 1, stderr: expect.stringContaining(first.id) });
	expect((await llmw("nothing")).stderr).toContain("is followed by list, get ID");
});
