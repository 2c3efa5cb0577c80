/** `llmw batches`, and webhooks that are told of batches. */
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { anthropicFor, messageRequest, startEcho } from "./kit.js";

const environment = { LLMW_ADMIN_KEY: "sk-admin-0123456789abcdef", HOOK: "whsec_c2VjcmV0IG9mIGEgdGVzdA==" };

test("lists batches, shows and cancels one, whose webhook is told", { timeout: 90_000 }, async () => {
	const receiver = await startAiHost((_request, response) => void response.writeHead(200).end());
	onTestFinished(() => receiver.close());
	const { host } = await startEcho(({ text }) => (text === "a" ? undefined : new Promise(() => {})));
	const file = temporaryFile(
		"llmw.yaml",
		`upstreams: {local: {url: "${host.url}"}}
webhooks: [{name: app, url: "${receiver.url}", secret: "\${HOOK}", events: [batch.cancelled]}]
`,
	);
	const flags = ["--config", file, "--bindport", "0", "--workers", "1", "--data", temporaryFolder()];
	const [, url = ""] = await runLlmw(flags, environment).says(/listening on (http:\/\/\S+)/);
	const batches = (...words: string[]) => resultOf(["batches", ...words, "--url", `${url}/v1`], environment);
	const client = anthropicFor(url);
	const { id } = await client.messages.batches.create({ requests: [messageRequest("a"), messageRequest("b")] });
	await expect
		.poll(async () => (await client.messages.batches.retrieve(id)).request_counts.succeeded, { timeout: 20_000 })
		.toBe(1);
	expect((await batches()).stdout).toMatch(new RegExp(`${id} .*/v1/messages +in_progress +1 +0 +2`));
	expect((await batches("show", id)).stdout).toContain("3 in, 2 out");
	expect(JSON.parse((await batches("cancel", id, "--json")).stdout)).toMatchObject({ id, object: "gateway.batch" });
	await expect.poll(async () => (await batches("list")).stdout, { timeout: 20_000 }).toContain("cancelled");
	await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(1);
	expect(JSON.parse(receiver.received[0]?.body.toString() ?? "")).toMatchObject({
		type: "batch.cancelled",
		data: { id },
	});
	expect((await batches("show", "batch_none")).stderr).toContain("There is no batch");
});
