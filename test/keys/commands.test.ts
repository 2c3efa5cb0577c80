/** The commands on keys and the audit in this process: what they say of what is wrong, and of an audit that somebody changed. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { audit } from "../../src/cli/commands/audit.js";
import { keys } from "../../src/cli/commands/keys.js";
import { startAiHost } from "../kit/aiHost.js";
import { gatewayFor, type TestGateway, temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { someAdmin, storeKey } from "../kit/keys.js";

const adminKey = "an-administrator-of-tests";

let gateway: TestGateway;
let data = "";
beforeEach(async () => {
	const host = await startAiHost();
	data = temporaryFolder();
	gateway = await gatewayFor(host, { data, "admin-key": adminKey, overlay: [withoutRateLimit()] });
	onTestFinished(() => host.close());
});

/** @returns the output. @throws Problems */
async function run(command: typeof keys, words: string[], flags: Record<string, string> = {}): Promise<string> {
	const printed: string[] = [];
	const output = { print: (text: string) => void printed.push(text), note: () => {} };
	await command(words, { "admin-key": adminKey, ...flags }, gateway.url, output);
	return printed.join("\n");
}

test.each<[string[], Record<string, string>, RegExp]>([
	[["create"], {}, /keys: is followed by create NAME, list, show KEY, update KEY, rotate KEY or revoke KEY/],
	[["paint", "bot"], {}, /keys: is followed by/],
	[["show", "bot", "more"], {}, /keys: is followed by/],
	[["show", "nothing"], {}, /answered 404: There is no key 'nothing'/],
	[["create", "b o t"], {}, /answered 400: name must be letters/],
	[["create", "bot"], { expires: "soon" }, /--expires: must be a time from now such as 12h or 90d, or a date/],
	[["create", "bot"], { "tokens-per-minute": "0" }, /--tokens-per-minute: must be a whole number above 0/],
	[["create", "bot"], { "budget-per-day": "much" }, /--budget-per-day: must be a number of dollars such as 50 or 0.25/],
	[["create", "bot"], { priority: "200" }, /--priority: must be a whole number from -100 to 100/],
	[["update", "nothing"], { priority: "1" }, /answered 404: There is no key 'nothing'/],
	[["create", "bot"], { metadata: "x" }, /--metadata: must be pairs/],
	[["create", "bot"], { addresses: "10.0.0.0/99" }, /answered 400: addresses must be an address/],
	[["rotate", "bot"], { grace: "ever" }, /--grace: "ever" is not a duration/],
])("keys %j %j is told what is wrong", async (words, flags, message) => {
	await expect(run(keys, words, flags)).rejects.toThrow(message);
});

test("limits are given, listed, changed one by one, taken away, and audited", async () => {
	await run(keys, ["create", "bot"], {
		"tokens-per-minute": "1000",
		"concurrent-requests": "2",
		"budget-per-month": "2.5",
		"minutes-per-session": "90",
		"budget-per-session": "1",
		priority: "-3",
	});
	expect(await run(keys, ["list"])).toMatch(
		/bot .*1000 tok\/min, 2 at a time, 90 min\/session, \$2\.5\/month, \$1\/session/,
	);
	expect(JSON.parse(await run(keys, ["show", "bot"]))).toMatchObject({
		limits: { tokens_per_minute: 1000, concurrent_requests: 2, minutes_per_session: 90 },
		budget: { per_month: 2.5, per_session: 1 },
		priority: -3,
	});
	const changed = await run(keys, ["update", "bot"], {
		"tokens-per-minute": "none",
		"requests-per-day": "7",
		"budget-per-month": "none",
		"minutes-per-session": "none",
		"budget-per-session": "none",
	});
	expect(JSON.parse(changed)).toMatchObject({
		limits: { requests_per_day: 7, concurrent_requests: 2 },
		budget: null,
		priority: -3,
	});
	const entries = await run(audit, ["list"], { json: "true" });
	const last = entries
		.split("\n")
		.map((line) => JSON.parse(line))
		.find(({ action }) => action === "key.updated");
	expect([last.before.limits, last.after.limits]).toEqual([
		{ tokens_per_minute: 1000, concurrent_requests: 2, minutes_per_session: 90 },
		{ requests_per_day: 7, concurrent_requests: 2 },
	]);
});

test("audit is followed by list or verify", async () => {
	await expect(run(audit, ["burn"])).rejects.toThrow(/audit: is followed by list or verify/);
});

test("a list is fetched page by page, up to its limit", async () => {
	for (let number = 0; number < 120; number += 1)
		await storeKey(gateway.gateway.services.store, { name: `k${number}` });
	expect((await run(keys, ["list"], { json: "true" })).split("\n")).toHaveLength(120);
	expect((await run(keys, ["list"], { json: "true", limit: "7" })).split("\n")).toHaveLength(7);
	expect(await run(audit, ["verify"])).toMatch(/^120 entries, none changed/);
});

describe("the audit", () => {
	/** Changes the store as somebody could who has its file. */
	function tamper(statements: string): void {
		const Libsql = createRequire(import.meta.url)("libsql") as new (
			file: string,
		) => { exec(text: string): void; close(): void };
		const database = new Libsql(join(data, "llmgw.sqlite"));
		try {
			database.exec(statements);
		} finally {
			database.close();
		}
	}
	const withoutTriggers = "drop trigger audit_entry_no_update; drop trigger audit_entry_no_delete;";

	async function threeEntries(): Promise<void> {
		const { store } = gateway.gateway.services;
		const { record } = await storeKey(store, { name: "a" });
		await storeKey(store, { name: "b" });
		await store.keys.revoke(record.id, someAdmin);
	}

	test("without entries verifies too", async () => {
		expect(await run(audit, ["verify"])).toMatch(/^0 entries, none changed or missing/);
	});

	test.each(["update audit_entry set entry = '{}'", "delete from audit_entry where number = 2"])(
		"in the store refuses: %s",
		async (statement) => {
			await threeEntries();
			expect(() => tamper(statement)).toThrow(/append-only/);
			expect(await run(audit, ["verify"])).toMatch(/^3 entries/);
		},
	);

	test.each<[string, string, RegExp]>([
		[
			"changed",
			"update audit_entry set entry = replace(entry, '\"b\"', '\"c\"') where number = 2",
			/entry 2 .*has been changed/,
		],
		["made unreadable", "update audit_entry set entry = '{' where number = 3", /entry 3 .*has been changed/],
		["taken out", "delete from audit_entry where number = 2", /entry 3 .*stands where entry 2 should/],
		["taken from the front", "delete from audit_entry where number = 1", /entry 2 .*stands where entry 1 should/],
		["taken from the end", "delete from audit_entry where number = 3", /entry 3: is missing, and all after it/],
		["given another hash", "update audit_entry set hash = 'x' where number = 1", /entry 1 .*has been changed/],
		[
			"put in",
			`insert into audit_entry select 4, 'audit_x', replace(entry, '"number":3', '"number":4'), hash, hash
				from audit_entry where number = 3`,
			/entry 4 .*has been changed/,
		],
	])("tells of an entry that was %s", async (_name, statement, message) => {
		await threeEntries();
		tamper(`${withoutTriggers} ${statement}`);
		await expect(run(audit, ["verify"])).rejects.toThrow(message);
	});

	test("tells when the end of the chain was made anew", async () => {
		await threeEntries();
		const { data: entries } = await gateway.gateway.services.store.audit.list({ limit: 1, order: "desc" });
		tamper(`update administration set audit_hash = replace(audit_hash, '${entries[0]?.hash}', 'x')`);
		await expect(run(audit, ["verify"])).rejects.toThrow(/entry 3: is not the one that was written last/);
	});
});
