/** What agents' sessions have used, in the store: SQLite and PostgreSQL. */
import { expect, test } from "vitest";
import { inTreeOrder } from "../../src/accounting/sessionResource.js";
import { lineOf, readUsage } from "../../src/accounting/usageJournal.js";
import { sessionIdOf } from "../../src/sessions/sessionId.js";
import type { UsageQuery } from "../../src/store/usageTypes.js";
import { temporaryFile } from "../kit/gateway.js";
import { overBothStores } from "../kit/stores.js";
import { attempt, tokens, usageRecord } from "../kit/usage.js";

const day = 1_795_564_800;
const query = (more: Partial<UsageQuery> = {}): UsageQuery => ({
	width: 86_400,
	from: day,
	to: day + 86_400,
	by: [],
	filter: {},
	...more,
});

/** A request of a session of this key. */
function turn(keyId: string | null, name: string, more: Parameters<typeof usageRecord>[0] = {}) {
	const session = { id: sessionIdOf(keyId, name), name };
	return usageRecord({ createdAt: day + 60, keyId, keyName: keyId, session, agent: "claude-code", ...more });
}

test("a journal's line keeps session, agent and sub-agent; a line of an earlier version has none", () => {
	const record = turn("key_1", "s\u0000", { subagent: "a1" });
	const plain = usageRecord({ createdAt: day });
	const path = temporaryFile("usage.jsonl", lineOf(record) + lineOf(plain));
	const [first, second] = readUsage(path, 0, 10).entries;
	expect(first?.facts).toMatchObject({ session: record.session, agent: "claude-code", subagent: "a1" });
	expect(second).toMatchObject({ id: plain.id, facts: { session: null, agent: null, subagent: null } });
	expect(lineOf(plain)).not.toContain("session");
});

overBothStores(({ open }) => {
	test("a session's requests are found by its id, and those of two keys with one name are two sessions", async () => {
		const { usage } = await open();
		const record = turn("key_1", "same\u0000", { subagent: "a1" });
		await usage.add([record, turn("key_2", "same\u0000"), usageRecord({ createdAt: day })]);
		const { data } = await usage.list({ limit: 10, order: "asc", session: record.session?.id });
		expect(data).toMatchObject([
			{
				session: { id: record.session?.id, name: "same\ufffd" },
				agent: "claude-code",
				subagent: "a1",
				keyId: "key_1",
			},
		]);
		expect((await usage.list({ limit: 10, order: "asc", session: "same\u0000" })).data).toHaveLength(2);
		const bySession = await usage.sums(query({ by: ["session"] }));
		expect(
			bySession.map(({ dimensions, sessionName, requests }) => [dimensions.session, sessionName, requests]),
		).toEqual(
			expect.arrayContaining([
				[sessionIdOf("key_1", "same\u0000"), "same\ufffd", 1],
				[sessionIdOf("key_2", "same\u0000"), "same\ufffd", 1],
			]),
		);
		expect(bySession).toHaveLength(2);
		expect(await usage.sums(query())).toMatchObject([{ requests: 3 }]);
	});

	test("sums are by agent and sub-agent, also of agents without a session, and by what all sums are by", async () => {
		const { usage } = await open();
		const two = [attempt({ tokens: tokens(10, 2, { cached: 8 }) }), attempt({ upstream: "spare", kind: "failover" })];
		await usage.add([
			turn("key_1", "s"),
			turn("key_1", "s", { subagent: "explore", attempts: two, upstream: "spare" }),
			turn("key_1", "t", { agent: "codex", createdAt: day + 7_200 }),
			usageRecord({ createdAt: day, agent: "gemini-cli" }),
			usageRecord({ createdAt: day }),
		]);
		const of = async (more: Partial<UsageQuery>) =>
			(await usage.sums(query(more))).map(({ dimensions, requests, attempts, tokens: { cached } }) => [
				...Object.values(dimensions),
				requests,
				attempts,
				cached,
			]);
		expect((await of({ by: ["agent", "subagent"] })).sort()).toEqual([
			["claude-code", undefined, 1, 1, 0],
			["claude-code", "explore", 1, 2, 8],
			["codex", undefined, 1, 1, 0],
			["gemini-cli", undefined, 1, 1, 0],
		]);
		expect(await of({ by: ["upstream"], filter: { agent: "claude-code" } })).toEqual(
			expect.arrayContaining([
				["gpu", 1, 2, 8],
				["spare", 1, 1, 0],
			]),
		);
		expect(await of({ width: 3600, by: ["agent"], filter: { session: "t" } })).toEqual([["codex", 1, 1, 0]]);
	});

	test("sums of sessions go with the records, and those of everything stay", async () => {
		const { usage } = await open();
		const now = Math.floor(Date.now() / 1000);
		await usage.add([turn("key_1", "old", { createdAt: now - 10 * 86_400 }), turn("key_1", "new", { createdAt: now })]);
		await usage.retain(5 * 86_400_000);
		const all = { from: 0, to: now + 86_400 };
		expect((await usage.sums(query({ ...all, by: ["session"] }))).map(({ sessionName }) => sessionName)).toEqual([
			"new",
		]);
		expect(await usage.sums(query(all))).toHaveLength(2);
	});
});

test("the parts of a session are a tree, whichever came first", () => {
	const parts = ["b/x/y", "a", "b/x", undefined, "a/z", "c/d"].map(
		(subagent) => ({ agent: "codex", subagent }) as never,
	);
	expect(inTreeOrder(parts).map(({ subagent }) => subagent)).toEqual([undefined, "a", "a/z", "b/x", "b/x/y", "c/d"]);
});
