/** Every page of the dashboard on a phone, a tablet and a desk, light and dark, in a real browser. */
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openPage, startBrowser } from "../kit/browser.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { runLlmw } from "../kit/llmw.js";
import { startLab } from "../kit/routing.js";

const limit = 240_000;
const adminKey = "an-administrator-of-tests";
/** For people who want to look: a folder for pictures. */
const pictures = process.env.LAYOUT_PICTURES;

const sizes = [
	[390, 844, "dark"],
	[768, 1024, "light"],
	[1440, 900, "dark"],
	[390, 844, "light"],
	[1440, 900, "light"],
] as const;

const longName = "a-customer-support-assistant-with-a-rather-long-name-of-its-own";

async function serve() {
	const lab = await startLab();
	const file = temporaryFile(
		"llmw.yaml",
		`upstreams:
  gpu: { url: "${lab.url}", cost: { input: 1000, output: 2000 } }
  a-second-upstream-with-a-long-name: { url: "${lab.url}", health: { interval: 1s } }
routes:
  - { model: flaky-model-with-a-name-that-is-long-enough-to-be-cut, targets: ["gpu/error:503,id=flaky"], fallback: [gpu/ok], retry: { attemptsPerTarget: 1 } }
  - { model: "*", targets: [gpu, a-second-upstream-with-a-long-name] }`,
	);
	const environment = { LLMW_DATA: temporaryFolder(), LLMW_ADMIN_KEY: adminKey };
	const llmw = runLlmw(["--config", file, "--bindport", "0", "--workers", "1"], environment);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const post = async (path: string, body: object, credential: string, more: Record<string, string> = {}) => {
		const response = await fetch(`${url}/v1/${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", authorization: `Bearer ${credential}`, ...more },
			body: JSON.stringify(body),
		});
		return (await response.json()) as { secret: string; id: string };
	};
	const limits = { requests_per_minute: 600, tokens_per_day: 1_000_000 };
	const { secret } = await post(
		"admin/keys",
		{ name: longName, owner: "someone@example.com", team: "a-team-with-a-long-name", organisation: "acme", limits },
		adminKey,
	);
	await post("admin/keys", { name: "short", models: ["llama-*", "qwen-*"], addresses: ["10.0.0.0/8"] }, adminKey);
	for (const model of ["ok", "flaky-model-with-a-name-that-is-long-enough-to-be-cut", "error:500"]) {
		const messages = [{ role: "user", content: `Say ${"something ".repeat(30)}` }];
		await post("chat/completions", { model, messages, store: true }, secret);
	}
	for (const agent of ["explore", "explore/a-sub-agent-with-a-rather-long-name-of-its-own"])
		await post("chat/completions", { model: "ok", messages: [{ role: "user", content: "Hi" }] }, secret, {
			"x-claude-code-session-id": longName,
			"x-claude-code-agent-id": agent,
		});
	const messages = [{ role: "user", content: "{{question}} in {{a_variable_with_a_long_name}}" }];
	const variables = { question: {}, a_variable_with_a_long_name: {} };
	await post("prompts", { name: longName, description: "What it is for ".repeat(12), messages, variables }, secret);
	const ready = async () => {
		const headers = { authorization: `Bearer ${adminKey}` };
		const [usage, requests, sessions] = await Promise.all(
			["usage?group_by=model", "admin/requests", `admin/sessions/${longName}`].map(async (path) =>
				(await fetch(`${url}/v1/${path}`, { headers })).text(),
			),
		);
		return usage?.includes("flaky-model") && requests?.includes("error:500") && sessions?.includes("explore/a");
	};
	await expect.poll(ready, { timeout: 30_000 }).toBe(true);
	return { url, secret };
}

/** Elements that reach beyond the screen, and how far. */
const tooWide = `(() => {
	const found = [];
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > width) found.push("the page is " + document.documentElement.scrollWidth);
	for (const element of document.querySelectorAll("body *")) {
		const { left, right, width: own } = element.getBoundingClientRect();
		const isHidden = own <= 1 || element.closest(".hidden, .skip, thead, svg") !== null;
		if (!isHidden && (right > width + 1 || left < -1)) found.push(element.tagName + "." + element.className + " " + Math.round(left) + "–" + Math.round(right));
	}
	return found.slice(0, 5);
})()`;

/** Texts whose colour is too near to what is behind them (WCAG 2.2, 1.4.3). */
const tooFaint = `(() => {
	const parse = (text) => {
		const numbers = text.match(/[\\d.]+/g).map(Number);
		return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
	};
	const light = ({ rgb }) => {
		const [r, g, b] = rgb.map((value) => value / 255).map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const behind = (element) => {
		for (let at = element; at; at = at.parentElement) {
			const color = parse(getComputedStyle(at).backgroundColor);
			if (color.alpha > 0.99) return color;
		}
		return { rgb: [255, 255, 255], alpha: 1 };
	};
	const found = [];
	for (const element of document.querySelectorAll("main *, nav *, dialog[open] *")) {
		const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
		if (!hasText || element.closest(".hidden, .skip, tr.faint, :disabled")) continue;
		const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
		const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
		if (ratio < 4.5) found.push(element.textContent.trim().slice(0, 30) + " " + ratio.toFixed(2));
	}
	return [...new Set(found)].slice(0, 5);
})()`;

/** Fields without a name for who can't see them. */
const unnamed = `[...document.querySelectorAll("input, select, textarea, button")]
	.filter((one) => !one.labels?.length && !one.getAttribute("aria-label") && one.textContent.trim() === "")
	.map((one) => one.outerHTML.slice(0, 80))`;

async function look(page: Page, name: string): Promise<void> {
	// Charts and labels are placed after the first frame.
	await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
	expect(await page.evaluate(tooWide), `${name}: wider than the screen`).toEqual([]);
	expect(await page.evaluate(tooFaint), `${name}: too faint`).toEqual([]);
	expect(await page.evaluate(unnamed), `${name}: without a label`).toEqual([]);
	if (pictures === undefined) return;
	mkdirSync(pictures, { recursive: true });
	await page.screenshot({ path: `${pictures}/${name.replace(/\W+/g, "-")}.png`, fullPage: !name.includes("dialog") });
}

test("nothing is wider than the screen, every dialog is on it with its buttons, and all can be read", {
	timeout: limit,
}, async () => {
	const browser = await startBrowser();
	const { url, secret } = await serve();
	const { page, complaints } = await openPage(browser, url);
	await page.addInitScript(
		`sessionStorage.setItem("llmgw.admin", "${adminKey}"); sessionStorage.setItem("llmgw.key", "${secret}")`,
	);
	await page.goto(`${url}/ui`);
	const places: [string, () => Promise<unknown>][] = [
		["overview", () => page.getByRole("heading", { name: "Upstreams" }).waitFor()],
		["requests", () => page.getByRole("row", { name: "flaky" }).getByRole("button").click()],
		["sessions", () => page.getByRole("link", { name: longName }).waitFor()],
		[`sessions/${longName}`, () => page.getByRole("row", { name: "explore" }).first().waitFor()],
		["usage", () => page.locator("section.columns").first().waitFor()],
		["keys", () => page.getByText("models llama-*").waitFor()],
		["keys?view=audit", () => page.getByText("hash of the one before it").waitFor()],
		["prompts", () => page.getByRole("link", { name: longName }).waitFor()],
		[`prompts/${longName}`, () => page.getByRole("heading", { name: "Version 1" }).waitFor()],
		["completions", () => page.getByRole("row", { name: "completed" }).first().waitFor()],
	];
	for (const [width, height, colorScheme] of sizes) {
		const at = `${width} ${colorScheme}`;
		await page.setViewportSize({ width, height });
		await page.emulateMedia({ colorScheme });
		for (const [place, isThere] of places) {
			await page.goto(`${url}/ui#/${place}`);
			await page.reload();
			await isThere();
			await look(page, `${at} ${place}`);
		}
		await page.goto(`${url}/ui#/completions`);
		await page.getByRole("row", { name: "completed" }).first().getByRole("link").click();
		await page.getByRole("region", { name: "Conversation" }).waitFor();
		await look(page, `${at} completion`);
		for (const [place, opens, action] of [
			["keys", "Create a key", "Create"],
			["keys", "edit short", "Save"],
			["keys", "rotate short", "Rotate"],
			["keys", "revoke short", "Revoke"],
			[`sessions/${longName}`, "Stop", "Stop the session"],
		] as const) {
			await page.goto(`${url}/ui#/${place}`);
			await page.getByRole("button", { name: opens }).click();
			const dialog = page.getByRole("dialog");
			await dialog.waitFor();
			const boxes = [dialog, dialog.getByRole("button", { name: action, exact: true }), dialog.getByLabel("Close")];
			for (const box of await Promise.all(boxes.map((one) => one.boundingBox()))) {
				expect(box, `${at} ${opens}`).not.toBe(null);
				const { x = -1, y = -1, width: own = 0, height: tall = 0 } = box ?? {};
				expect(x, `${at} ${opens}`).toBeGreaterThanOrEqual(0);
				expect(y, `${at} ${opens}`).toBeGreaterThanOrEqual(0);
				expect(x + own, `${at} ${opens}`).toBeLessThanOrEqual(width);
				expect(y + tall, `${at} ${opens}`).toBeLessThanOrEqual(height);
			}
			expect(await page.evaluate("document.activeElement.closest('dialog') !== null")).toBe(true);
			await look(page, `${at} dialog ${opens}`);
			await page.keyboard.press("Escape");
			await dialog.waitFor({ state: "hidden" });
		}
		// Out of both, and the forms that ask one in.
		await page.getByRole("button", { name: "Sign out (Administrator)" }).click({ trial: true });
		await page.getByRole("button", { name: "Sign out (API key)" }).click({ trial: true });
	}
	expect(complaints).toEqual([]);
});

test("one signs out on a phone", { timeout: limit }, async () => {
	const browser = await startBrowser();
	const { url } = await serve();
	const { page } = await openPage(browser, url);
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto(`${url}/ui#/keys`);
	await page.getByLabel("Administrator's credential").fill(adminKey);
	await look(page, "390 sign in");
	await page.locator("form.sign-in button").click();
	await page.getByText("models llama-*").waitFor();
	const out = page.getByRole("button", { name: "Sign out (Administrator)" });
	const { x = -1, width = 999 } = (await out.boundingBox()) ?? {};
	expect([x >= 0, x + width <= 390]).toEqual([true, true]);
	await out.click();
	await page.getByLabel("Administrator's credential").waitFor();
});
