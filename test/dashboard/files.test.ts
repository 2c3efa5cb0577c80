/** The dashboard's page and files as the gateway sends them. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor } from "../kit/gateway.js";

const folder = new URL("../../dist/ui/", import.meta.url);
const files = readdirSync(folder);
const named = (ending: string) => files.find((name) => name.endsWith(ending)) ?? "none";

async function start(flags: Record<string, unknown> = {}) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	return gatewayFor(host, flags);
}

test("the page has a policy that lets it run and show its own files alone", async () => {
	const { url } = await start({ "require-keys": true });
	const response = await fetch(`${url}/ui`);
	expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
	expect(response.headers.get("cache-control")).toBe("no-cache");
	expect(response.headers.get("content-security-policy")?.split(";").sort()).toEqual([
		"base-uri 'none'",
		"connect-src 'self'",
		"default-src 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"img-src 'self'",
		"require-trusted-types-for 'script'",
		"script-src 'self'",
		"style-src 'self'",
		"trusted-types 'none'",
	]);
	expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});

test("the page names its files relative to itself, and nothing else", async () => {
	const { url } = await start();
	const page = await (await fetch(`${url}/ui`)).text();
	const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name);
	expect(named.map((name) => name?.replace(/-[\w-]+\./, "-HASH."))).toEqual([
		"ui/icon-HASH.svg",
		"ui/app-HASH.js",
		"ui/index-HASH.css",
	]);
	for (const name of named) expect((await fetch(`${url}/${name}`)).status, name).toBe(200);
});

test.each([
	[".js", "text/javascript"],
	[".css", "text/css"],
	[".svg", "image/svg+xml"],
])("files that end in %s are kept by browsers for ever", async (ending, type) => {
	const { url } = await start();
	const response = await fetch(`${url}/ui/${named(ending)}`);
	expect(response.headers.get("content-type")).toContain(type);
	expect(response.headers.get("cache-control")).toBe("max-age=31536000,immutable");
});

test.each(["nothing.js", "index.html", "..%2f..%2fpackage.json", "%2e%2e%2fcli.js", "..%5ccli.js", "a%00.js"])(
	"%s is no file of it",
	async (name) => {
		const { url } = await start();
		const response = await fetch(`${url}/ui/${name}`);
		expect([400, 404]).toContain(response.status);
		expect(response.headers.get("cache-control") ?? "").not.toContain("immutable");
	},
);

test("--no-ui turns it off", async () => {
	const { url } = await start({ ui: false });
	for (const path of ["/ui", `/ui/${named(".js")}`]) {
		const response = await fetch(url + path);
		expect([response.status, (await errorOf(response)).code]).toEqual([404, "ui_off"]);
	}
});

test("it is small: its script is less than 60 KB on the way", () => {
	expect(gzipSync(readFileSync(new URL(named(".js"), folder))).length).toBeLessThan(60 * 1024);
});
