/**
 * Takes the pictures of the dashboard in docs/images: a gateway in front of labs, with traffic as in a small company.
 *
 * `node scripts/screenshots.mjs [SECONDS] [FOLDER]`, after `npm run build`: traffic for so long first (150).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { createLab } from "../dist/mockHosts/lab/lab.js";

const root = join(import.meta.dirname, "..");
const [seconds = "150", images = join(root, "docs/images")] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "llmgw-screenshots-"));
const adminKey = "an-administrator-of-pictures";

const labs = [0, 1, 2].map(() => createLab().listen(0, "127.0.0.1"));
await Promise.all(labs.map((lab) => once(lab, "listening")));
const [near, far, vendor] = labs.map((lab) => `http://127.0.0.1:${lab.address().port}/v1`);

const breaker = "{ failures: 5, cooldown: 20s }";
writeFileSync(
	join(folder, "llmw.yaml"),
	`upstreams:
  gpu-1: { url: "${near}", cost: { input: 0.08, output: 0.24 }, health: { interval: 2s } }
  gpu-2: { url: "${far}", cost: { input: 0.08, output: 0.24 }, health: { interval: 2s }, breaker: ${breaker} }
  openai: { url: "${vendor}", cost: { input: 2.5, output: 10 } }
routes:
  - model: qwen3-8b
    targets: [{ upstream: gpu-1, model: "ok,pace=12,delay=40" }]
    fallback: [{ upstream: openai, model: "ok,pace=9,delay=180" }]
  - model: qwen3-32b
    targets: [{ upstream: gpu-2, model: "error:503,every=4" }]
    fallback: [{ upstream: gpu-1, model: "ok,pace=18,delay=90" }]
  - model: gpt-4o
    targets: [{ upstream: openai, model: "ok,pace=14,delay=260" }]
  - model: bge-m3
    targets: [{ upstream: gpu-1, model: "ok,delay=12" }]
  - model: llama-3.3-70b
    targets: [{ upstream: gpu-2, model: "cut:20,every=6" }]
    fallback: [{ upstream: openai, model: "ok,pace=10,prefill=assistant" }]
`,
);
const gateway = spawn(
	process.execPath,
	[join(root, "dist/cli.js"), "--config", join(folder, "llmw.yaml"), "--bindport", "0", "--workers", "2"].concat([
		"--data",
		join(folder, "data"),
		"--overlay",
		join(root, "overlays/no-rate-limit.yaml"),
	]),
	{ env: { ...process.env, LLMW_ADMIN_KEY: adminKey, XDG_RUNTIME_DIR: folder }, stdio: ["pipe", "pipe", "inherit"] },
);
// Whatever goes wrong, it goes with this program.
process.once("exit", () => gateway.kill("SIGKILL"));
let said = "";
const url = await new Promise((resolve, reject) => {
	gateway.stdout.on("data", (text) => {
		said += text;
		const [, found] = /listening on (http:\/\/\S+)/.exec(said) ?? [];
		if (found) resolve(found);
	});
	gateway.once("exit", () => reject(new Error(`the gateway ended:\n${said}`)));
});

async function ask(path, body, credential = adminKey) {
	const response = await fetch(`${url}/v1/${path}`, {
		method: body === undefined ? "GET" : "POST",
		headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	return text.startsWith("{") ? JSON.parse(text) : text;
}

const keys = {};
for (const [name, team, more] of [
	["support-bot", "support", {}],
	["search", "platform", { models: ["bge-*"] }],
	["night-batch", "data", { models: ["qwen3-*", "llama-*"] }],
	["code-review", "platform", {}],
])
	keys[name] = (await ask("admin/keys", { name, team, organisation: "acme", ...more })).secret;

const words = "Why does the gateway say that the stream has ended before the answer was whole ?".split(" ");
const question = (count) =>
	Array.from({ length: count }, (_none, at) => words[(at * 7 + count) % words.length]).join(" ");

/** What each asks for, and how often in a second at most. */
const clients = [
	["support-bot", "qwen3-8b", 3.5],
	["support-bot", "gpt-4o", 0.7],
	["search", "bge-m3", 4],
	["night-batch", "qwen3-32b", 1.5],
	["night-batch", "llama-3.3-70b", 0.8],
	["code-review", "gpt-4o", 0.5],
	["code-review", "qwen3-32b", 0.4],
];
let number = 0;
async function send(key, model) {
	number += 1;
	const messages = [{ role: "user", content: question(40 + ((number * 13) % 300)) }];
	if (model === "bge-m3") return ask("embeddings", { model, input: messages[0].content }, keys[key]);
	const rest = { stream: number % 5 > 0, max_tokens: 40 + (number % 80), store: number % 3 === 0 };
	if (number % 97 === 0) return ask("chat/completions", { model, messages, temperature: 9 }, keys[key]);
	return ask("chat/completions", { model, messages, ...rest, metadata: { ticket: String(4000 + number) } }, keys[key]);
}
const started = Date.now();
const timers = clients.map(([key, model, most], place) =>
	setInterval(() => {
		const swing = 0.55 + 0.45 * Math.sin((Date.now() - started) / (9000 + place * 4000) + place);
		if (Math.random() < (most * swing) / 10) void send(key, model).catch(() => {});
	}, 100),
);

await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));

const browser = await chromium.launch({
	executablePath: "/usr/bin/chromium",
	args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"].concat(
		["background-networking", "component-update", "sync"].map((what) => `--disable-${what}`),
	),
});
const pictures = [
	["dashboard-overview", "#/overview", { width: 1360, height: 1180 }, "light"],
	["dashboard-requests", "#/requests", { width: 1360, height: 760 }, "dark"],
	["dashboard-phone", "#/overview", { width: 390, height: 844 }, "dark"],
];
mkdirSync(images, { recursive: true });
for (const [name, place, viewport, colorScheme] of pictures) {
	const page = await browser.newPage({ viewport, colorScheme });
	page.setDefaultTimeout(5_000);
	page.on("console", (message) => console.log(`${name}: ${message.text()}`));
	await page.addInitScript(
		([admin, key]) => {
			sessionStorage.setItem("llmgw.admin", admin);
			sessionStorage.setItem("llmgw.key", key);
		},
		[adminKey, keys["support-bot"]],
	);
	await page.goto(`${url}/ui${place}`);
	await page.waitForTimeout(2500);
	if (name === "dashboard-requests") await page.locator("tr.opens:has(td.warn) .row-button").first().click();
	await page.waitForTimeout(300);
	await page.screenshot({ path: join(images, `${name}.png`) });
	await page.close();
}
await browser.close();
for (const timer of timers) clearInterval(timer);
gateway.kill("SIGTERM");
await once(gateway, "exit");
for (const lab of labs) {
	lab.close();
	lab.closeAllConnections();
}
rmSync(folder, { recursive: true, force: true });
