/** `llmw keys` and `llmw audit` against a running gateway. */
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { hello, postChat, temporaryFolder } from "../kit/gateway.js";
import { resultOf, serveLlmw } from "../kit/llmw.js";

const adminKey = "an-administrator-of-tests";

let url = "";
let data = "";
let said: () => string;
beforeEach(async () => {
	const host = await startAiHost();
	data = temporaryFolder();
	const gateway = await serveLlmw(host, ["--workers", "1", "--data", data, "--verbose"], { LLMW_ADMIN_KEY: adminKey });
	url = gateway.url;
	said = () => gateway.stdout() + gateway.stderr();
	onTestFinished(() => host.close());
});

const llmw = (args: string[], environment: Record<string, string> = { LLMW_ADMIN_KEY: adminKey }) =>
	resultOf([...args, "--url", url], environment);

async function created(name: string, ...options: string[]): Promise<string> {
	const { code, stdout, stderr } = await llmw(["keys", "create", name, ...options]);
	expect({ code, stderr }).toEqual({
		code: 0,
		stderr: expect.stringMatching(
			new RegExp(`^llmw: key ${name} \\(key_\\w{24}\\); its secret, which is shown this once:\n$`),
		),
	});
	expect(stdout).toMatch(/^llmw-[\w-]{43}\n$/);
	return stdout.trim();
}

const passes = async (secret: string, body: object = {}) =>
	(await postChat(`${url}/v1`, { ...hello, ...body }, { authorization: `Bearer ${secret}` })).status;

test("a key is made, used, shown, listed, rotated and revoked", async () => {
	const secret = await created("bot", "--team", "support", "--models", "a*,b", "--metadata", "ticket=OPS-7,x=1=2");
	expect([await passes(secret, { model: "abc" }), await passes(secret, { model: "c" })]).toEqual([200, 403]);

	const shown = JSON.parse((await llmw(["keys", "show", "bot"])).stdout);
	expect(shown).toMatchObject({
		name: "bot",
		team: "support",
		models: ["a*", "b"],
		metadata: { ticket: "OPS-7", x: "1=2" },
		status: "active",
		expires_at: null,
	});
	const listed = await llmw(["keys", "list"]);
	expect(listed.stdout).toContain(`${shown.id}  bot   active  support  llmw-…${secret.slice(-4)}`);

	const rotated = await llmw(["keys", "rotate", "bot", "--grace", "1h"]);
	expect(rotated.stderr).toMatch(/the secret before works until 20\d\d-/);
	expect([await passes(secret, { model: "b" }), await passes(rotated.stdout.trim(), { model: "b" })]).toEqual([
		200, 200,
	]);

	expect((await llmw(["keys", "revoke", "bot"])).stdout).toBe(`revoked bot (${shown.id})\n`);
	expect([await passes(secret), await passes(rotated.stdout.trim())]).toEqual([401, 401]);
	expect((await llmw(["keys"])).stdout).toContain("revoked");
	expect((await llmw(["keys", "list"])).stdout + said()).not.toContain(secret);
});

test("--json prints what the API answers, one line each", async () => {
	const made = JSON.parse((await llmw(["keys", "create", "a", "--expires", "2030-01-31", "--json"])).stdout);
	expect(made).toMatchObject({ object: "gateway.key", name: "a", expires_at: Date.parse("2030-01-31") / 1000 });
	await created("b", "--expires", "90d");
	const lines = (await llmw(["keys", "list", "--json"])).stdout.trimEnd().split("\n");
	const [b, a] = lines.map((line) => JSON.parse(line));
	expect([a, b].map(({ name, secret }) => [name, secret])).toEqual([
		["a", undefined],
		["b", undefined],
	]);
	expect(b.expires_at - Date.now() / 1000).toBeGreaterThan(89 * 86_400);
	expect(JSON.parse((await llmw(["keys", "show", "a", "--json"])).stdout)).toMatchObject({ id: a.id });
	expect(JSON.parse((await llmw(["keys", "rotate", "a", "--json"])).stdout).secret).toMatch(/^llmw-/);
	expect(JSON.parse((await llmw(["keys", "revoke", "a", "--json"])).stdout).status).toBe("revoked");
});

test("without the administrator's credential, with a wrong one and without a gateway, that is said", async () => {
	expect(await llmw(["keys"], {})).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("LLMW_ADMIN_KEY: is needed"),
	});
	const wrong = await llmw(["keys", "--admin-key", "another-administrator"], {});
	expect(wrong).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("answered 401: This needs the administrator's"),
	});
	expect(wrong.stderr).not.toContain("another-administrator");
	expect(await resultOf(["ui", "--bindport", new URL(url).port], {})).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("LLMW_ADMIN_KEY"),
	});
	const nowhere = await resultOf(["keys", "--bindport", "1"], { LLMW_ADMIN_KEY: adminKey });
	expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining("no gateway runs there") });
});

test("the audit is listed and verified", async () => {
	await created("a");
	await llmw(["keys", "revoke", "a"]);
	const { stdout } = await llmw(["audit", "list", "--limit", "1"]);
	expect(stdout).toMatch(/^NO .*\n 2 .*admin:[0-9a-f]{8} {2}127\.0\.0\.1 {2}key\.revoked {2}a \(key_\w{24}\)\n$/);
	const lines = (await llmw(["audit", "--json"])).stdout.trimEnd().split("\n");
	const [last, first] = lines.map((line) => JSON.parse(line));
	expect(first).toMatchObject({ number: 1, action: "key.created", before: null, after: { name: "a" } });
	expect(last).toMatchObject({ number: 2, before: { name: "a" }, after: { revoked_at: expect.any(Number) } });
	expect(await llmw(["audit", "verify"])).toMatchObject({
		code: 0,
		stdout: `2 entries, none changed or missing; the last one's hash is ${last.hash}\n`,
	});
});
