/** A real Chromium, with the errors in its pages. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { onTestFinished, TestRunner } from "vitest";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const quiet = ["gpu", "quic", "background-networking", "component-update", "sync"].map((what) => `--disable-${what}`);

/**
 * Skips the running test if there is no Chromium.
 *
 * @param more options of its command line
 */
export async function startBrowser(more: readonly string[] = []): Promise<Browser> {
	if (executablePath === undefined) TestRunner.getCurrentTest()?.context.skip("this machine has no chromium");
	const browser = await chromium.launch({
		executablePath: executablePath as string,
		args: ["--headless", "--no-sandbox", "--no-first-run", ...quiet, ...more],
	});
	onTestFinished(() => browser.close());
	return browser;
}

export interface WatchedPage {
	page: Page;
	/** Errors and warnings in the console, exceptions, violations of the policy, and requests to other origins. */
	complaints: string[];
}

/**
 * Opens a page of this origin, in a new session.
 *
 * @param expected messages that may appear in the console, such as those about a request that is meant to be refused
 */
export async function openPage(browser: Browser, url: string, expected: RegExp = /^$/): Promise<WatchedPage> {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	const complaints: string[] = [];
	const note = (what: string) => {
		if (!expected.test(what)) complaints.push(what);
	};
	page.on("console", (message) => {
		if (message.type() === "error" || message.type() === "warning") note(message.text());
	});
	page.on("pageerror", ({ message }) => note(message));
	page.on("request", (request) => {
		const asked = request.url();
		if (!asked.startsWith(`${url}/`) && !asked.startsWith(`blob:${url}/`)) note(`a request to ${asked}`);
	});
	// As text, since tests are compiled without the DOM's types.
	await page.addInitScript(
		"addEventListener('securitypolicyviolation', (event) => console.error('policy violated:', event.violatedDirective))",
	);
	return { page, complaints };
}
