/** The dashboard's page and files as the gateway sends them. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { openPage, startBrowser } from "../kit/browser.js";
import { errorOf, gatewayFor, hello, postChat, temporaryFolder } from "../kit/gateway.js";

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
	["/ui/", "/ui"],
	["/ui//", "/ui"],
	["/docs/?a=b", "/docs?a=b"],
])("at %s a browser is sent to the page's own path, where it finds its files", async (path, own) => {
	const { url } = await start();
	const response = await fetch(`${url}${path}`);
	expect([response.status, response.url]).toEqual([200, `${url}${own}`]);
	expect(response.headers.get("content-type")).toContain("text/html");
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

test("pages and their files are no part of the contract", async () => {
	const { url } = await start();
	const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, unknown> };
	expect(Object.keys(paths)).toContain("/healthz");
	expect(Object.keys(paths).filter((path) => /^\/(ui|docs)\b/.test(path))).toEqual([]);
});

test.each(["/ui", `/ui/${named(".js")}`, "/docs", "/docs/page.js"])("%s takes GET and HEAD alone", async (path) => {
	const { url } = await start();
	const head = await fetch(url + path, { method: "HEAD" });
	const whole = (await (await fetch(url + path)).arrayBuffer()).byteLength;
	expect([head.status, (await head.arrayBuffer()).byteLength]).toEqual([200, 0]);
	expect(whole).toBeGreaterThan(0);
	const options = await fetch(url + path, { method: "OPTIONS" });
	expect([options.status, options.headers.get("allow")]).toEqual([204, "HEAD, GET, OPTIONS"]);
	for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
		const response = await fetch(url + path, { method });
		expect([response.status, (await errorOf(response)).code], method).toEqual([405, "method_not_allowed"]);
	}
	expect((await fetch(`${url}/${path}/`)).status).toBe(200);
});

test("an operation that an overlay adds at a page's path takes its place", async () => {
	const overlay = join(temporaryFolder(), "overlay.yaml");
	writeFileSync(
		overlay,
		`overlay: 1.0.0
info: { title: t, version: "1" }
actions:
  - target: $.paths
    update: { /docs: { get: { operationId: ours, x-upstream: /models, responses: { "200": { description: ok } } } } }
`,
	);
	const { url } = await start({ overlay: [overlay] });
	expect((await fetch(`${url}/docs`)).headers.get("content-type")).toContain("application/json");
	expect((await fetch(`${url}/docs/page.js`)).headers.get("content-type")).toContain("text/javascript");
});

test("an overlay that looks for a page in the contract is told where pages are", async () => {
	const overlay = join(temporaryFolder(), "overlay.yaml");
	const head = 'overlay: 1.0.0\ninfo: { title: t, version: "1" }\nactions:\n';
	writeFileSync(overlay, `${head}  - { target: "$.paths['/docs']", remove: true }\n`);
	await expect(start({ overlay: [overlay] })).rejects.toThrow(/has no pages in it: \/docs and \/ui are files/);
});

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

describe("compressed copies", () => {
	const script = `/ui/${named(".js")}`;

	/** As it is on the way: fetch would decode it. */
	function raw(url: string, headers: Record<string, string>, method = "GET") {
		return new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
			request(url, { method, headers, agent: false }, async (response) => {
				const pieces: Buffer[] = [];
				for await (const piece of response) pieces.push(piece as Buffer);
				resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) });
			})
				.on("error", reject)
				.end();
		});
	}

	test.each([
		[script, /^max-age=31536000,immutable$/],
		["/docs/swagger-ui-bundle.js", /^max-age=3600$/],
		["/docs/swagger-ui.css", /^max-age=3600$/],
		["/openapi.json", undefined],
		["/openapi.yaml", undefined],
	])("%s goes as the client takes it", async (path, cache) => {
		const { url } = await start();
		const plain = await raw(url + path, {});
		expect(plain.headers["content-encoding"]).toBe(undefined);
		expect(plain.headers.vary).toMatch(/accept-encoding/i);
		const gzipped = await raw(url + path, { "accept-encoding": "gzip" });
		expect(gzipped.headers["content-encoding"]).toBe("gzip");
		expect(gzipped.headers["content-type"]).toBe(plain.headers["content-type"]);
		expect(gunzipSync(gzipped.body).equals(plain.body)).toBe(true);
		expect(gzipped.body.length).toBeLessThan(plain.body.length * 0.5);
		if (cache === undefined) return;
		const smallest = await raw(url + path, { "accept-encoding": "gzip, deflate, br, zstd" });
		expect(smallest.headers["content-encoding"]).toBe("br");
		expect(brotliDecompressSync(smallest.body).equals(plain.body)).toBe(true);
		for (const { headers } of [plain, gzipped, smallest]) expect(headers["cache-control"]).toMatch(cache);
		expect((await raw(url + path, { "accept-encoding": "gzip;q=0, br;q=0" })).headers["content-encoding"]).toBe(
			undefined,
		);
		expect((await raw(url + path, { "accept-encoding": "br" }, "HEAD")).body.length).toBe(0);
	});

	test("each copy has a tag of its own, by which it is not sent twice", async () => {
		const { url } = await start();
		const tags = new Set<string>();
		for (const coding of ["identity", "gzip", "br"]) {
			const first = await raw(url + script, { "accept-encoding": coding });
			const etag = first.headers.etag ?? "";
			tags.add(etag);
			const again = await raw(url + script, { "accept-encoding": coding, "if-none-match": etag });
			expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag]);
			const other = await raw(url + script, { "accept-encoding": coding, "if-none-match": '"another"' });
			expect([other.status, other.body.length]).toEqual([200, first.body.length]);
		}
		expect(tags.size).toBe(3);
		expect((await raw(`${url}/ui`, { "accept-encoding": "br" })).headers.etag).toMatch(/^"/);
	});

	test("copies are no files of their own, and an answer of the API is never compressed", async () => {
		const { url, baseUrl } = await start();
		for (const path of [`${script}.br`, "/docs/swagger-ui.css.gz", "/docs/nothing.js"]) {
			const { status, headers } = await raw(url + path, { "accept-encoding": "br, gzip" });
			expect([path, status, headers["content-encoding"]]).toEqual([path, 404, undefined]);
		}
		const answer = await postChat(baseUrl, { ...hello, stream: true }, { "accept-encoding": "br, gzip" });
		expect([answer.status, answer.headers.get("content-encoding")]).toEqual([200, null]);
	});

	test("the page with all of its files is less than a fifth of a megabyte, the API reference less than half", async () => {
		const { url } = await start();
		const size = async (paths: string[]) => {
			const all = await Promise.all(paths.map((path) => raw(url + path, { "accept-encoding": "br" })));
			return all.reduce((sum, { body }) => sum + body.length, 0);
		};
		expect(await size(["/ui", script, `/ui/${named(".css")}`])).toBeLessThan(200 * 1024);
		const docs = ["/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/page.js", "/docs/theme.js"];
		expect(await size(docs)).toBeLessThan(500 * 1024);
	});
});

test("the API reference is dark in dark mode, and its first screen speaks of the API alone", {
	timeout: 60_000,
}, async () => {
	const browser = await startBrowser();
	const { url } = await start();
	const { page, complaints } = await openPage(browser, url);
	for (const colorScheme of ["dark", "light", "dark"] as const) {
		await page.emulateMedia({ colorScheme });
		await page.goto(`${url}/docs`);
		await page.locator(".opblock").first().waitFor();
		const [red = 0, green = 0, blue = 0] =
			(
				(await page.evaluate(
					"getComputedStyle(document.querySelector('.swagger-ui')).backgroundColor + getComputedStyle(document.documentElement).backgroundColor",
				)) as string
			)
				.match(/\d+/g)
				?.map(Number)
				.slice(-3) ?? [];
		if (colorScheme === "dark") expect(Math.max(red, green, blue)).toBeLessThan(60);
		expect(await page.locator("html.dark-mode").count()).toBe(colorScheme === "dark" ? 1 : 0);
		expect(await page.locator(".info").innerText()).not.toMatch(/\bx-[a-z]/);
	}
	// Also while it is open.
	await page.emulateMedia({ colorScheme: "light" });
	await page.locator("html:not(.dark-mode)").waitFor();
	expect(complaints).toEqual([]);
});

test.each([
	"left alone for a while",
	"Forget",
	"Whose",
	"It is what the gateway was started with",
	"Did what",
	"in sum",
])("it speaks plainly: no %s", (words) =>
	expect(readFileSync(new URL(named(".js"), folder), "utf8")).not.toContain(words),
);
