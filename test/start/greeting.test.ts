/** The gateway's root. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startDemoHost } from "../kit/aiHost.js";
import { gatewayFor, jsonOf } from "../kit/gateway.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const html = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const greeting = {
	name: "llmw",
	version,
	description: expect.any(String),
	chat: "/v1/chat/completions",
	models: "/v1/models",
	docs: "/docs",
	dashboard: "/ui",
	openapi: "/openapi.json",
	health: "/healthz",
	readiness: "/readyz",
};

test("programs get JSON, and what it names is there", async () => {
	const gateway = await gatewayFor(await startDemoHost());
	for (const headers of [{}, { accept: "application/json" }, { accept: "*/*" }] as Record<string, string>[]) {
		const response = await fetch(`${gateway.url}/`, { headers });
		expect(response.status).toBe(200);
		expect(response.headers.get("content-type")).toContain("application/json");
		expect(response.headers.get("vary")).toMatch(/accept/i);
		expect(await response.json()).toEqual(greeting);
	}
	for (const path of [
		greeting.models,
		greeting.docs,
		greeting.dashboard,
		greeting.openapi,
		greeting.health,
		greeting.readiness,
	])
		expect((await fetch(gateway.url + path)).status).toBe(200);
});

test("browsers get a page with links; HEAD gets the head alone", async () => {
	const gateway = await gatewayFor(await startDemoHost());
	const response = await fetch(`${gateway.url}/`, { headers: html });
	expect(response.headers.get("content-type")).toContain("text/html");
	const page = await response.text();
	for (const path of [greeting.docs, greeting.dashboard, greeting.openapi]) expect(page).toContain(`href=".${path}"`);
	expect(page).toContain(version);
	expect(page).toContain(greeting.chat);
	for (const headers of [{}, html] as Record<string, string>[]) {
		const head = await fetch(`${gateway.url}/`, { method: "HEAD", headers });
		expect(head.status).toBe(200);
		expect(head.headers.get("content-length")).not.toBe("0");
		expect(await head.text()).toBe("");
	}
	expect((await fetch(`${gateway.url}/`, { method: "POST" })).status).toBe(405);
});

test("with keys it greets all the same, and says no more than the program's own files do; without the dashboard it names none", async () => {
	const host = await startDemoHost();
	const gateway = await gatewayFor(host, { "require-keys": true, "admin-key": "the-admin-of-tests", ui: "false" });
	const response = await fetch(`${gateway.url}/`);
	expect(response.status).toBe(200);
	const { dashboard: _left, ...rest } = greeting;
	expect(await jsonOf(response)).toEqual(rest);
	const page = await (await fetch(`${gateway.url}/`, { headers: html })).text();
	expect(page).not.toContain("/ui");
	expect(page).not.toContain(new URL(host.url).port);
});
