/** What coding agents ask before their first request: answered without a key, an upstream or a limit. */
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "./kit/aiHost.js";
import { gatewayFor, hello, postChat, temporaryFile } from "./kit/gateway.js";
import { addKey } from "./kit/keys.js";

const limitOf = (max: number) =>
	temporaryFile(
		"limit.yaml",
		`overlay: 1.0.0\ninfo: { title: t, version: "1" }\nactions:\n  - target: $\n    update: { x-rate-limit: { max: ${max}, window: 15m } }\n`,
	);

async function hostFor() {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	return host;
}

test.each([
	["HEAD", "/"],
	["HEAD", "/api/hello"],
	["GET", "/api/hello"],
])("%s %s is answered without a key, spends no limit and asks nobody", async (method, path) => {
	const host = await hostFor();
	const gateway = await gatewayFor(host, { "require-keys": true, overlay: limitOf(1) });
	for (let count = 0; count < 5; count += 1) {
		const response = await fetch(gateway.url + path, { method });
		expect(response.status).toBe(200);
		expect(response.headers.has("x-ratelimit-limit-requests")).toBe(false);
		if (method === "GET") expect(await response.json()).toEqual({ message: "hello" });
	}
	expect(host.received).toEqual([]);
});

test("a key with its own limit on requests is held to that one, and not to the contract's", async () => {
	const host = await hostFor();
	const gateway = await gatewayFor(host, { overlay: limitOf(2) });
	const own = await addKey(gateway, { name: "own", limits: { requests_per_minute: 4 } });
	const plain = await addKey(gateway, { name: "plain" });
	const ask = async ({ secret }: { secret: string }) => {
		const response = await postChat(gateway.baseUrl, hello, { "x-llmgw-key": secret });
		await response.text();
		return response.status;
	};
	const statuses: number[] = [];
	for (let count = 0; count < 5; count += 1) statuses.push(await ask(own));
	expect(statuses).toEqual([200, 200, 200, 200, 429]);
	expect([await ask(plain), await ask(plain), await ask(plain)]).toEqual([200, 200, 429]);
});
