/** `llmw webhooks`, and what `llmw check` says of webhooks in a configuration file. */
import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { startSteppedHost } from "../replay/kit.js";

const admin = "sk-admin-0123456789abcdef";
const environment = { LLMW_ADMIN_KEY: admin, HOOK: "whsec_c2VjcmV0IG9mIGEgdGVzdA==" };

test("lists messages, sends one again, and tries a webhook", { timeout: 60_000 }, async () => {
	let status = 500;
	const receiver = await startAiHost((_request, response) => void response.writeHead(status).end());
	onTestFinished(() => receiver.close());
	const host = await startSteppedHost();
	host.finish();
	const file = temporaryFile(
		"llmw.yaml",
		`upstreams: {local: {url: "${host.url}"}}
webhooks: [{name: app, url: "${receiver.url}", secret: "\${HOOK}"}]
`,
	);
	const flags = ["--config", file, "--bindport", "0", "--workers", "1", "--data", temporaryFolder()];
	const llmw = runLlmw(flags, environment);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const webhooks = (...words: string[]) => resultOf(["webhooks", ...words, "--url", `${url}/v1`], environment);
	const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "k", maxRetries: 0 });
	const { id } = await client.responses.create({ model: "m", input: "Count", background: true });
	await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(1);
	await expect
		.poll(async () => (await webhooks("list", "--state", "waiting")).stdout, { timeout: 20_000 })
		.toContain(id);
	status = 200;
	const [message] = /wh_\w+/.exec((await webhooks()).stdout) ?? [""];
	expect((await webhooks("retry", message)).stdout).toBe(`${message} is sent to app again\n`);
	await expect.poll(async () => (await webhooks("--json")).stdout, { timeout: 20_000 }).toContain('"delivered"');
	expect((await webhooks("test", "app")).stdout).toBe("app has taken the message (200)\n");
	status = 404;
	const failed = await webhooks("test", "app");
	expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("app: has not taken the message (404)")]);
	expect((await webhooks("test", "other")).stderr).toContain("There is no webhook");
	expect(JSON.parse(receiver.received.at(-1)?.body.toString() ?? "")).toMatchObject({ type: "webhook.test" });
});

test.each([
	["a secret that is written out", "secret: whsec_c2VjcmV0, url: http://127.0.0.1:1", "must not stand in the file"],
	["base64 that is none", "secret: '${BAD}', url: http://127.0.0.1:1", "what BAD holds is not valid here"],
	[
		"another kind of URL",
		"secret: '${HOOK}', url: ftp://127.0.0.1",
		"must be a URL that begins with https:// or http://",
	],
	["a password in the URL", "secret: '${HOOK}', url: http://u:p@127.0.0.1", "must have no user and no password in it"],
	[
		"an unknown event",
		"secret: '${HOOK}', url: http://127.0.0.1:1, events: [response.created]",
		"must be one of response.completed",
	],
	["no secret", "url: http://127.0.0.1:1", "webhooks[0].secret: is missing"],
])("llmw check refuses %s", async (_what, members, message) => {
	const file = temporaryFile(
		"llmw.yaml",
		`upstreams: {local: {url: "http://127.0.0.1:1"}}\nwebhooks: [{name: app, ${members}}]\n`,
	);
	const { code, stderr } = await resultOf(["check", "--config", file], { ...environment, BAD: "whsec_!!" });
	expect(code).toBe(1);
	expect(stderr).toContain(message);
	expect(stderr).not.toContain("whsec_!!");
});
