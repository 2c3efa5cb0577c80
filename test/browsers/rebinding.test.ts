/** A page of another site in a real browser on the gateway's machine: it reads nothing, and changes nothing. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { startBrowser } from "../kit/browser.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";

/** A site of another's, and a gateway that both have a name of that site. */
async function visited(): Promise<{ gateway: TestGateway; site: string; asked: () => number }> {
	const host = await startAiHost();
	const gateway = await startGateway(host.url);
	const site = createServer((_request, response) => {
		response.setHeader("content-type", "text/html");
		response.end("<!doctype html><title>evil</title>");
	}).listen(0, "127.0.0.1");
	await new Promise((resolve) => site.once("listening", resolve));
	onTestFinished(async () => {
		site.closeAllConnections();
		site.close();
		await gateway.stop();
		await host.close();
	});
	const { port } = site.address() as AddressInfo;
	return { gateway, site: `http://evil.example:${port}`, asked: () => host.received.length };
}

const rebound = ["--host-resolver-rules=MAP evil.example 127.0.0.1, MAP *.evil.example 127.0.0.1"];

async function makeDeletedPrompt({ baseUrl }: TestGateway): Promise<void> {
	const headers = { "content-type": "application/json" };
	const messages = [{ role: "user", content: "secret words" }];
	const body = JSON.stringify({ name: "kept", messages });
	expect((await fetch(`${baseUrl}/prompts`, { method: "POST", headers, body })).status).toBe(200);
	expect((await fetch(`${baseUrl}/prompts/kept`, { method: "DELETE" })).status).toBe(200);
}

const isThere = async ({ baseUrl }: TestGateway) => (await fetch(`${baseUrl}/prompts/kept`)).status === 200;

test("a name that is made to mean 127.0.0.1 reads and changes nothing", async () => {
	const { gateway, asked } = await visited();
	await makeDeletedPrompt(gateway);
	const browser = await startBrowser(rebound);
	const page = await browser.newPage();
	// By its own name the gateway would be this page's origin.
	const response = await page.goto(`http://evil.example:${gateway.port}/healthz`);
	expect(response?.status()).toBe(403);
	const answers = await page.evaluate<[string, number][]>(`(async () => {
		const json = { "content-type": "application/json" };
		const chat = JSON.stringify({ messages: [{ role: "user", content: "Hello AI" }] });
		const asked = [
			["/v1/models"], ["/v1/prompts"], ["/v1/chat/completions"], ["/v1/usage"], ["/metrics"], ["/ui"], ["/docs"],
			["/openapi.json"], ["/v1/admin/keys"],
			["/v1/chat/completions", { method: "POST", headers: json, body: chat }],
			["/v1/prompts/kept/restore", { method: "POST" }],
			["/v1/prompts/kept", { method: "DELETE" }],
		];
		const found = [];
		for (const [path, init] of asked) found.push([path, (await fetch(path, init)).status]);
		return found;
	})()`);
	expect(answers.filter(([, status]) => status !== 403)).toEqual([]);
	expect(answers).toHaveLength(12);
	expect(asked()).toBe(0);
	expect(await isThere(gateway)).toBe(false);
});

test("a page of another site changes nothing by requests that need no leave", async () => {
	const { gateway, site, asked } = await visited();
	await makeDeletedPrompt(gateway);
	const browser = await startBrowser(rebound);
	const page = await browser.newPage();
	await page.goto(site);
	const came = await page.evaluate<string[]>(`(async () => {
		const gateway = "http://127.0.0.1:${gateway.port}";
		const chat = JSON.stringify({ messages: [{ role: "user", content: "Hello AI" }] });
		const found = [];
		for (const init of [
			{ method: "POST", mode: "no-cors" },
			{ method: "POST", mode: "no-cors", body: "x" },
			{ method: "POST", mode: "no-cors", body: new URLSearchParams({ a: "b" }) },
			{ method: "POST", mode: "no-cors", referrerPolicy: "no-referrer" },
		]) {
			for (const path of ["/v1/prompts/kept/restore", "/v1/chat/completions"])
				found.push(await fetch(gateway + path, init.body ? { ...init, body: chat } : init).then(({ type }) => type, () => "failed"));
		}
		for (const init of [{}, { method: "DELETE" }])
			found.push(await fetch(gateway + "/v1/prompts/kept", init).then(({ type }) => type, () => "failed"));
		return found;
	})()`);
	expect(new Set(came).has("basic")).toBe(false);
	expect(new Set(came).has("cors")).toBe(false);
	await page.setContent(
		`<form method=post action="http://127.0.0.1:${gateway.port}/v1/prompts/kept/restore"><button>go</button></form>`,
	);
	await Promise.all([page.waitForURL(/127\.0\.0\.1/), page.click("button")]);
	expect(await page.textContent("body")).toContain("origin_not_allowed");
	expect(asked()).toBe(0);
	expect(await isThere(gateway)).toBe(false);
});

test("the gateway's own page works by each name of this machine", async () => {
	const { gateway } = await visited();
	await makeDeletedPrompt(gateway);
	const browser = await startBrowser(rebound);
	for (const name of ["127.0.0.1", "localhost", "app.localhost"]) {
		const page = await browser.newPage();
		await page.goto(`http://${name}:${gateway.port}/ui`);
		const status = await page.evaluate<number>(
			`fetch("/v1/prompts/none/restore", { method: "POST" }).then(({ status }) => status)`,
		);
		expect([name, status]).toEqual([name, 404]);
	}
});
