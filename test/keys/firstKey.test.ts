/** The first key: made on the gateway's machine by its own user, without any credential. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { openPage, startBrowser } from "../kit/browser.js";
import { temporaryFolder } from "../kit/gateway.js";
import { resultOf, serveLlmw } from "../kit/llmw.js";

async function served(args: string[] = []) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const data = temporaryFolder();
	const gateway = await serveLlmw(host, ["--data", data, "--workers", "2", ...args]);
	return { ...gateway, data, at: ["--bindport", String(gateway.port)] };
}

test("llmw keys create makes it, and what the start has said is true", async () => {
	const { at, url, says } = await served();
	await says(/There are no keys: .*llmw keys create NAME makes the first key/);
	const made = await resultOf(["keys", "create", "me", ...at]);
	expect(made.code, made.stderr).toBe(0);
	const secret = made.stdout.trim();
	const status = async (headers: Record<string, string>) => (await fetch(`${url}/v1/models`, { headers })).status;
	expect(await status({})).toBe(401);
	expect(await status({ authorization: `Bearer ${secret}` })).toBe(200);
	for (const words of [["keys"], ["audit"], ["audit", "verify"], ["usage"], ["requests"], ["keys", "revoke", "me"]]) {
		const { code, stderr } = await resultOf([...words, ...at]);
		expect([words, code], stderr).toEqual([words, 0]);
	}
	expect((await resultOf(["audit", ...at])).stdout).toMatch(/local:\S+ +127\.0\.0\.1 +key\.revoked/);
});

test.each(["127.0.0.1", "localhost", "127.0.0.1/v1"])("also where --url says %s", async (name) => {
	const { port } = await served();
	const [host, path = ""] = name.split("/");
	const { code, stderr } = await resultOf(["keys", "create", "me", "--url", `http://${host}:${port}/${path}`]);
	expect(code, stderr).toBe(0);
});

test("on an address that others can reach too, as the warning says", async () => {
	const { at, says } = await served(["--bindip", "0.0.0.0"]);
	await says(/WARNING: there are no keys.*llmw keys create NAME/);
	expect((await resultOf(["keys", "create", "me", ...at])).code).toBe(0);
});

test("without a gateway of this user there, it says what is needed", async () => {
	const { code, stderr } = await resultOf(["keys", "create", "me", "--bindport", "1"]);
	expect(code).toBe(1);
	expect(stderr).toMatch(/LLMW_ADMIN_KEY: is needed.*no gateway of this user runs/);
});

test("the link that the start prints opens the dashboard once, and llmw ui prints another", async () => {
	const { at, url, stdout, says } = await served();
	const [, link = ""] = await says(/Dashboard: (\S+) \(signs in once/);
	const browser = await startBrowser();
	const signedIn = async (opened: string) => {
		const { page } = await openPage(browser, url, /401/);
		await page.goto(opened);
		await page
			.getByRole("heading", { level: 1 })
			.or(page.getByRole("heading", { name: "Sign in" }))
			.first()
			.waitFor();
		expect(page.url()).toBe(`${url}/ui#/overview`);
		const answer = page.waitForResponse((response) => response.url().includes("/v1/admin/keys"));
		await page.goto(`${url}/ui#/keys`);
		return (await answer).ok();
	};
	expect(await signedIn(link)).toBe(true);
	expect(await signedIn(link)).toBe(false);
	const other = (await resultOf(["ui", ...at])).stdout.trim();
	expect(other).toMatch(new RegExp(`^${url}/ui#/link/llmw-pass-`));
	expect(await signedIn(other)).toBe(true);
	expect(stdout()).not.toContain(other);
});

test("llmw ui says where there is no dashboard", async () => {
	const { at } = await served(["--no-ui"]);
	const { code, stderr } = await resultOf(["ui", ...at]);
	expect([code, stderr]).toEqual([1, expect.stringContaining("--no-ui")]);
});

test("a log of JSON lines shows neither a link nor the administrator's credential, and says where that is", async () => {
	const { data, stdout, stderr, says } = await served(["--log-format", "json", "--require-keys"]);
	const [, file = ""] = await says(/credential is in ([^,"]+), for you alone/);
	expect(file).toBe(join(data, "llmgw.admin"));
	const secret = readFileSync(file, "utf8").trim();
	expect(secret).toMatch(/^llmw-admin-[\w-]{43}$/);
	expect(statSync(file).mode & 0o777).toBe(0o600);
	expect(stdout() + stderr()).not.toMatch(/llmw-(admin|pass)-/);
});

test("without keys neither does one", async () => {
	const { stdout, stderr, says } = await served(["--log-format", "json"]);
	await says(/There are no keys/);
	expect(stdout() + stderr()).not.toContain("llmw-pass-");
});
