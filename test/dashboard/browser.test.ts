/** The dashboard in a real browser, in front of the real command with workers, and a lab behind that. */
import { EventEmitter, once } from "node:events";
import type { Locator, Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import type { Lab } from "../../src/mockHosts/lab/lab.js";
import { openPage, startBrowser } from "../kit/browser.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { type Llmw, runLlmw } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";
import { startLab } from "../kit/routing.js";

const adminKey = "an-administrator-of-tests";
const limit = 90_000;
const patience = { timeout: 15_000, interval: 100 };
/** How Chromium tells of a request that was refused. */
const refused = /^Failed to load resource: the server responded with a status of 4\d\d/;

async function serve(environment: Record<string, string> = {}): Promise<{ lab: Lab; llmw: Llmw; url: string }> {
	const lab = await startLab();
	const file = temporaryFile(
		"llmw.yaml",
		`upstreams: { gpu: { url: "${lab.url}", cost: { input: 1000, output: 2000 } } }
routes:
  - { model: flaky, targets: ["gpu/error:503,id=flaky"], fallback: [gpu/ok], retry: { attemptsPerTarget: 1 } }
  - { model: paced, targets: ["gpu/ok,pace=25"] }
  - { model: "*", targets: [gpu] }`,
	);
	const args = ["--config", file, "--bindport", "0", "--workers", "2"];
	const llmw = runLlmw(args, { LLMW_DATA: temporaryFolder(), ...environment });
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { lab, llmw, url };
}

async function chat(url: string, body: object, key?: string): Promise<number> {
	const response = await fetch(`${url}/v1/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
		body: JSON.stringify({ messages: [{ role: "user", content: "Say your text." }], ...body }),
	});
	await response.text();
	return response.status;
}

const goTo = (page: Page, name: string) =>
	page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }).click();

async function signIn(page: Page, label: string, value: string): Promise<void> {
	await page.getByLabel(label).fill(value);
	await page.locator("form.sign-in button").click();
}

/** By how its label begins; a hint may stand after it. */
const field = (where: Page | Locator, label: string) => where.getByLabel(new RegExp(`^${label}\\b`));

const dialog = (page: Page) => page.getByRole("dialog");

test("on this machine, without keys and with --local-admin, it shows without a credential what really happens", {
	timeout: limit,
}, async () => {
	const browser = await startBrowser();
	const { lab, url } = await serve({ LLMW_LOCAL_ADMIN: "true" });
	const { page, complaints } = await openPage(browser, url, refused);
	await page.goto(`${url}/ui`);
	await page.getByText("No requests yet").waitFor();
	const attack = "<img src=x onerror=\"document.title='attacked'\">";
	for (let count = 0; count < 12; count += 1) expect(await chat(url, { model: "ok", stream: count % 2 > 0 })).toBe(200);
	expect(await chat(url, { model: "error:500" })).toBe(500);
	expect(await chat(url, { model: attack })).toBe(404);
	await page.getByText("14 since the start").waitFor();
	const found = await scrape(url);
	expect(found.sum("llmgw_requests_total", { operation: "createChatCompletion" })).toBe(14);
	const out = lab.ledger.entries().reduce((sum, entry) => sum + (entry.completion_tokens ?? 0), 0);
	const overview = (await (await fetch(`${url}/v1/admin/overview`)).json()) as { totals: { output_tokens: number } };
	expect(overview.totals.output_tokens).toBe(out);
	expect(found.sum("llmgw_tokens_total", { kind: "output" })).toBe(out);
	await page
		.locator("section.chart", { hasText: "Tokens" })
		.getByText(`${(out / 1000).toFixed(2)}k`)
		.waitFor();

	// The menu by the keyboard alone: the skip link, the brand, then each page.
	await page.reload();
	for (let tabs = 0; tabs < 4; tabs += 1) await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: "Requests", level: 1 }).waitFor();
	expect(await page.locator("nav a[aria-current=page]").innerText()).toBe("Requests");
	// Records come a moment late, and the page shows those that were there when it was opened.
	await expect
		.poll(async () => (await (await fetch(`${url}/v1/admin/requests`)).text()).includes("onerror"), { timeout: 20_000 })
		.toBe(true);
	await page.reload();
	await page.getByRole("row", { name: attack }).first().waitFor();
	await page.keyboard.press("g");
	await page.keyboard.press("u");
	await page.getByRole("cell", { name: "ok", exact: true }).first().waitFor();
	await page.keyboard.press("g");
	await page.keyboard.press("o");
	await expect.poll(() => page.title()).toBe("Overview · LLMGW");
	await page.getByTitle("ok", { exact: true }).first().waitFor();

	await goTo(page, "Keys");
	await page.getByText("You are reading without a credential").waitFor();
	await page.getByRole("button", { name: "Create a key" }).click();
	await field(dialog(page), "Name").fill("first");
	await dialog(page).getByRole("button", { name: "Create" }).click();
	await dialog(page).getByRole("alert").getByText("Start it with LLMW_ADMIN_KEY").waitFor();
	await page.keyboard.press("Escape");
	expect(complaints).toEqual([]);
});

test("an administrator signs in, makes keys, and sees what is done with them", { timeout: limit }, async () => {
	const browser = await startBrowser();
	const { url } = await serve({ LLMW_ADMIN_KEY: adminKey });
	const { page, complaints } = await openPage(browser, url, refused);
	await page.goto(`${url}/ui#/keys`);
	await signIn(page, "Administrator's credential", "not-the-right-one-at-all");
	await page.getByText("That is not the administrator's credential.").waitFor();
	await signIn(page, "Administrator's credential", adminKey);
	await page.getByRole("heading", { name: "No keys" }).waitFor();

	await page.getByRole("button", { name: "Create a key" }).click();
	await field(dialog(page), "Name").fill("support bot");
	await dialog(page).getByRole("button", { name: "Create" }).click();
	await dialog(page).getByRole("alert").getByText("name must be letters").waitFor();
	await field(dialog(page), "Name").fill("support-bot");
	await field(dialog(page), "Team").fill("support");
	await field(dialog(page), "Models").fill("flaky\npaced");
	await field(dialog(page), "Requests per minute").fill("60");
	await field(dialog(page), "Dollars per month").fill("5");
	await dialog(page).getByRole("button", { name: "Create" }).click();
	const secretOf = async () => (await dialog(page).locator("pre").first().innerText()).trim();
	const secret = await secretOf();
	await dialog(page).getByRole("button", { name: "I have kept it" }).click();
	await page.getByText("models flaky, paced").waitFor();
	await page.getByText("60 requests/min, $5.00/month").waitFor();
	expect([await chat(url, { model: "flaky" }, secret), await chat(url, { model: "other" }, secret)]).toEqual([
		200, 403,
	]);

	await goTo(page, "Requests");
	await page.getByLabel("Follow").check();
	await page.getByRole("row", { name: "flaky" }).getByRole("button").click();
	const attempts = page.getByRole("region", { name: "Attempts" }).getByRole("listitem");
	await vi.waitFor(async () => expect(await attempts.count()).toBe(2), patience);
	expect(await attempts.nth(0).innerText()).toMatch(/first\s+server_error 503/);
	expect(await attempts.nth(1).innerText()).toMatch(/failover\s+ok 200[\s\S]* tokens\s+\$/);
	await page.getByLabel("Outcome").selectOption("refused");
	await page.getByRole("row", { name: "other" }).waitFor();
	expect(await page.getByRole("row", { name: "flaky" }).count()).toBe(0);

	await goTo(page, "Keys");
	await page.getByRole("button", { name: "rotate support-bot" }).click();
	await dialog(page).getByRole("button", { name: "Rotate" }).click();
	await vi.waitFor(async () => expect(await secretOf()).toMatch(/^llmw-/), patience);
	const rotated = await secretOf();
	await dialog(page).getByRole("button", { name: "I have kept it" }).click();
	expect(rotated).not.toBe(secret);
	expect([await chat(url, { model: "flaky" }, secret), await chat(url, { model: "flaky" }, rotated)]).toEqual([
		200, 200,
	]);
	await page.getByRole("button", { name: "edit support-bot" }).click();
	await field(dialog(page), "Models").fill("");
	expect(await field(dialog(page), "Requests per minute").inputValue()).toBe("60");
	for (const limit of ["Requests per minute", "Dollars per month"]) await field(dialog(page), limit).fill("");
	await dialog(page).getByRole("button", { name: "Save" }).click();
	await page.getByRole("cell", { name: "everything" }).waitFor();
	await page.getByRole("button", { name: "revoke support-bot" }).click();
	await dialog(page).getByRole("button", { name: "Revoke" }).click();
	await page.getByText("revoked", { exact: true }).waitFor();
	expect([await chat(url, {}, secret), await chat(url, {}, rotated)]).toEqual([401, 401]);
	await page.getByRole("button", { name: "Audit" }).click();
	await page.getByRole("cell", { name: /\bmodels\b/ }).waitFor();
	for (const action of ["create", "rotate", "update", "revoke"])
		expect(await page.getByRole("cell", { name: new RegExp(`${action}`) }).count(), action).toBeGreaterThan(0);

	await page.getByRole("button", { name: "Sign out (Administrator)" }).click();
	await page.getByLabel("Administrator's credential").waitFor();
	expect(complaints).toEqual([]);
});

test("a session is found, shown as a tree with its turns, stopped and let go on", { timeout: limit }, async () => {
	const browser = await startBrowser();
	const { url } = await serve({ LLMW_ADMIN_KEY: adminKey });
	const asAdmin = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
	const made = await fetch(`${url}/v1/admin/keys`, { method: "POST", headers: asAdmin, body: '{"name":"agents"}' });
	const { secret } = (await made.json()) as { secret: string };
	const turn = (subagent?: string, body: object = {}) =>
		fetch(`${url}/v1/chat/completions`, {
			method: "POST",
			headers: {
				authorization: `Bearer ${secret}`,
				"content-type": "application/json",
				"x-claude-code-session-id": "fix the tests",
				...(subagent === undefined ? {} : { "x-claude-code-agent-id": subagent }),
			},
			body: JSON.stringify({ model: "ok", messages: [{ role: "user", content: "Say your text." }], ...body }),
		});
	const missed = { metadata: { cacheMiss: "tools[3]" } };
	for (const subagent of [undefined, "explore", "explore"])
		expect((await turn(subagent, subagent === undefined ? missed : {})).status).toBe(200);
	const { page, complaints } = await openPage(browser, url, refused);
	await page.goto(`${url}/ui#/sessions`);
	await signIn(page, "Administrator's credential", adminKey);
	await field(page, "Agent").fill("claude-code");
	await field(page, "Agent").press("Enter");
	await page.getByRole("link", { name: "fix the tests" }).click();
	const agents = page.getByRole("region", { name: "Agents" });
	await agents.getByRole("row", { name: /claude-code.*\b1\b/ }).waitFor();
	await agents.getByRole("row", { name: /explore.*\b2\b/ }).waitFor();
	const turns = page.getByRole("region", { name: "Turns" });
	await vi.waitFor(async () => expect(await turns.getByRole("row", { name: /completed/ }).count()).toBe(3), patience);

	expect(await turns.getByRole("row", { name: /tools\[3\]/ }).count()).toBe(1);

	const stream = await turn("explore", { model: "stall:5", stream: true });
	await turns.getByRole("row", { name: /streaming/ }).waitFor();
	await page.getByRole("button", { name: "Stop", exact: true }).click();
	await field(dialog(page), "Why").fill("Wrong branch");
	await dialog(page).getByRole("combobox").selectOption("10 minutes");
	await dialog(page).getByRole("button", { name: "Stop the session" }).click();
	expect(await stream.text()).toContain("(Wrong branch). Stop here and tell the user.");
	await page.getByText(/^stopped until/).waitFor();
	expect((await turn()).status).toBe(400);
	await page.getByRole("button", { name: "Let it go on" }).click();
	await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
	expect((await turn()).status).toBe(200);
	expect(complaints).toEqual([]);
});

test("kept responses are shown as a thread with their tool calls and requests, and deleted", {
	timeout: limit,
}, async () => {
	const browser = await startBrowser();
	const { url } = await serve({ LLMW_ADMIN_KEY: adminKey });
	const asAdmin = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
	const made = await fetch(`${url}/v1/admin/keys`, { method: "POST", headers: asAdmin, body: '{"name":"agents"}' });
	const { secret } = (await made.json()) as { secret: string };
	const send = async (path: string, body: object) => {
		const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
		const answer = await fetch(`${url}/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
		expect(answer.status).toBe(200);
		return (await answer.json()) as { id: string };
	};
	const attack = "<img src=x onerror=\"document.title='attacked'\">";
	const asked = [
		{ role: "user", content: `What is the weather? ${attack}` },
		{ type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "I have to look." }] },
		{ type: "function_call", call_id: "call_1", name: "look_outside", arguments: '{"window":"north"}' },
	];
	const given = [
		{ type: "function_call_output", call_id: "call_1", output: '{"sky":"blue"}' },
		{ role: "user", content: "And tomorrow?" },
	];
	const { id: conversation } = await send("conversations", { metadata: { topic: "weather" } });
	const first = await send("responses", { model: "ok", input: asked });
	const second = await send("responses", { model: "ok", input: given, previous_response_id: first.id });
	const third = await send("responses", { model: "ok", input: "Say your text.", conversation });

	const { page, complaints } = await openPage(browser, url, refused);
	await page.goto(`${url}/ui#/responses`);
	await signIn(page, "API key", secret);
	await page.getByRole("row", { name: conversation }).waitFor();
	await page.getByRole("row", { name: first.id }).getByRole("link").click();
	const turns = page.locator("ol.thread > li");
	const [before, after] = [turns.nth(0), turns.nth(1)];
	await after.getByText("And tomorrow?").waitFor();
	expect(await turns.count()).toBe(2);
	// The output stands with its call, in the turn before the one that brought it.
	await before.locator(".call-output", { hasText: '"sky": "blue"' }).waitFor();
	await before.getByText('"window": "north"').waitFor();
	expect(await after.getByText("blue").count()).toBe(0);
	await before.getByText(attack).waitFor();
	expect(await before.getByText("I have to look.").isVisible()).toBe(false);
	await before.getByText("Reasoning", { exact: true }).click();
	await before.getByText("I have to look.").waitFor();
	await after.locator(".message.assistant").waitFor();
	await after.getByText(/\d+ in, \d+ tokens? out/).waitFor();

	// A record comes a moment after its request.
	const records = async () => (await fetch(`${url}/v1/admin/requests`, { headers: asAdmin })).text();
	await expect.poll(async () => (await records()).split("createResponse").length - 1, { timeout: 20_000 }).toBe(3);
	await after.getByRole("link", { name: "Request" }).click();
	await signIn(page, "Administrator's credential", adminKey);
	await page.getByRole("row", { name: "completed" }).waitFor();
	expect(await page.getByRole("row", { name: "completed" }).count()).toBe(1);

	await goTo(page, "Conversations");
	await page.getByRole("row", { name: "topic=weather" }).getByRole("link").click();
	await page.getByRole("region", { name: "Items" }).getByText("Say your text.").first().waitFor();
	await page.getByRole("region", { name: "Responses" }).getByRole("row", { name: "completed" }).waitFor();
	await page.getByRole("button", { name: "Delete" }).click();
	await dialog(page).getByRole("button", { name: "Delete" }).click();
	await page.getByText("No conversations").waitFor();

	await page.goto(`${url}/ui#/responses/${second.id}`);
	await turns.nth(1).waitFor();
	await page.getByRole("button", { name: "Delete" }).click();
	await dialog(page).getByRole("button", { name: "Delete" }).click();
	await page.getByRole("row", { name: conversation }).waitFor();
	const headers = { authorization: `Bearer ${secret}` };
	const left = (await (await fetch(`${url}/v1/responses/kept`, { headers })).json()) as { data: { id: string }[] };
	expect(left.data.map(({ id }) => id)).toEqual([third.id, first.id]);
	expect(complaints).toEqual([]);
});

test("prompts, the playground, stored completions and usage, with an API key", { timeout: limit }, async () => {
	const browser = await startBrowser();
	const { lab, url } = await serve({ LLMW_ADMIN_KEY: adminKey });
	const asAdmin = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
	const made = await fetch(`${url}/v1/admin/keys`, { method: "POST", headers: asAdmin, body: '{"name":"tester"}' });
	const { secret } = (await made.json()) as { secret: string };
	const { page, complaints } = await openPage(browser, url, refused);
	await page.goto(`${url}/ui#/prompts`);
	await signIn(page, "API key", "sk-nobodys");
	await page.getByText("The gateway does not accept this key.").waitFor();
	await signIn(page, "API key", secret);
	await page.getByRole("button", { name: "Create a prompt" }).click();
	await field(dialog(page), "Name").fill("greeting");
	await field(dialog(page), "System message").fill("You greet {{who}}.");
	await dialog(page).getByRole("button", { name: "Create" }).click();
	await page.getByRole("heading", { name: "Version 1" }).waitFor();

	await page.getByRole("button", { name: "New version" }).click();
	await page.getByLabel("Content").first().fill("You greet {{who}} in {{language}}.");
	await field(page, "language").fill("English");
	await field(page, "Comment").fill("in a language");
	await page.getByRole("button", { name: "Save as version 2" }).click();
	const second = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Version 2" }) });
	await second.getByRole("button", { name: "New label" }).click();
	await page.getByLabel("Name of the label").fill("production");
	await page.keyboard.press("Enter");
	await second.getByText("production", { exact: false }).and(page.locator(".is-on")).waitFor();
	await page.getByRole("button", { name: "Move production here" }).click();
	await second.getByRole("button", { name: "Move production here" }).click();
	await second.locator(".is-on").waitFor();
	await second.getByRole("button", { name: "Compare with 1" }).click();
	await page.locator(".diff .added", { hasText: "in {{language}}" }).waitFor();
	expect(await page.locator(".diff .removed").allInnerTexts()).toContainEqual(expect.stringContaining("{{who}}."));

	await page.getByRole("button", { name: "Playground" }).click();
	await field(page, "who").fill("the crew");
	await field(page, "question").fill("Well?");
	await field(page, "Model").fill("paced");
	const answer = page.getByTestId("answer");
	const left = lab.nextAbort();
	await page.getByRole("button", { name: "Run" }).click();
	await vi.waitFor(async () => expect(await answer.innerText()).toMatch(/^Every stream/), patience);
	// It is shown while it is written, and the host is left when nobody waits.
	expect(await answer.innerText()).not.toContain("byte for byte");
	await page.getByRole("button", { name: "Cancel" }).click();
	expect(await left).toMatchObject({ ending: "left" });
	await page.getByRole("definition").filter({ hasText: "cancelled" }).waitFor();
	await page.getByRole("button", { name: "Run" }).click();
	await vi.waitFor(async () => expect(await answer.innerText()).toContain("<b>torn</b>"), patience);
	await page.getByRole("definition").filter({ hasText: "stop" }).waitFor();
	const last = lab.ledger.entries().at(-1);
	expect(last?.body).toMatchObject({ messages: [{ content: "You greet the crew in English." }, { content: "Well?" }] });
	await page
		.getByRole("definition")
		.filter({ hasText: new RegExp(`^${last?.completion_tokens}$`) })
		.waitFor();

	await goTo(page, "Completions");
	await page.getByText("No stored completions").waitFor();
	await chat(url, { model: "ok", store: true, metadata: { ticket: "7" } }, secret);
	// What is typed while the list is on its way stays when the list comes.
	const isTyped = new EventEmitter();
	await page.route("**/v1/chat/completions?**", async (route) => {
		await once(isTyped, "go");
		await route.continue();
	});
	await page.reload();
	await field(page, "Metadata").fill("ticket=8");
	isTyped.emit("go");
	await page.getByRole("row", { name: "completed" }).waitFor();
	await page.unroute("**/v1/chat/completions?**");
	await page.keyboard.press("Enter");
	await page.getByText("No completion fits").waitFor();
	await field(page, "Metadata").fill("ticket=7");
	await page.keyboard.press("Enter");
	await page.getByRole("row", { name: "completed" }).getByRole("link").click();
	await page.getByText("Say your text.").waitFor();
	await field(page, "Metadata").fill("ticket=9");
	await page.getByRole("button", { name: "Save" }).click();
	await vi.waitFor(async () => {
		const listed = await fetch(`${url}/v1/chat/completions`, { headers: { authorization: `Bearer ${secret}` } });
		expect(await listed.json()).toMatchObject({ data: [{ metadata: { ticket: "9" } }] });
	}, patience);
	await page.getByRole("button", { name: "Delete" }).click();
	await dialog(page).getByRole("button", { name: "Delete" }).click();
	await page.getByText("No stored completions").waitFor();

	await goTo(page, "Usage");
	await signIn(page, "Administrator's credential", adminKey);
	await page.getByRole("button", { name: "Key", exact: true }).click();
	await page.getByRole("button", { name: "Requests", exact: true }).click();
	const row = page.getByRole("row", { name: "tester" });
	const requests = async () => (await row.innerText({ timeout: 5_000 })).split("\t")[1]?.trim();
	await vi.waitFor(
		async () => {
			if ((await requests().catch(() => undefined)) !== "3") {
				await page.reload();
				expect(await requests()).toBe("3");
			}
		},
		{ timeout: 45_000, interval: 500 },
	);
	const download = page.waitForEvent("download");
	await page.getByRole("button", { name: "CSV" }).click();
	expect((await download).suggestedFilename()).toMatch(/^usage-\d{4}-\d\d-\d\d\.csv$/);
	expect(complaints).toEqual([]);
});
