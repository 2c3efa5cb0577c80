/** A change of a key is answered when each worker has taken it over, or says which has not. */
import { Agent, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";

const adminKey = "an-administrator-of-tests";

async function served() {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const args = ["--data", temporaryFolder(), "--workers", "2", "--overlay", withoutRateLimit()];
	return serveLlmw(host, args, { LLMW_ADMIN_KEY: adminKey });
}

/** Requests on one connection, which stays with the worker that has it. */
function connected(url: string) {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	onTestFinished(() => agent.destroy());
	return (method: string, path: string, body?: object): Promise<Record<string, unknown>> =>
		new Promise((resolve, reject) => {
			const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
			const asked = request(url + path, { method, agent, headers }, async (response) => {
				let text = "";
				for await (const piece of response.setEncoding("utf8")) text += piece;
				resolve(JSON.parse(text));
			});
			asked.once("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
		});
}

test("a worker that doesn't run is named, and has the change when it runs again", async () => {
	const { url } = await served();
	const ask = connected(url);
	const { secret } = await ask("POST", "/v1/admin/keys", { name: "bot" });
	const own = (await ask("GET", "/healthz")).worker;
	const other = (await workerPids(url, 2)).find((pid) => pid !== own) as number;
	process.kill(other, "SIGSTOP");
	onTestFinished(() => {
		process.kill(other, "SIGCONT");
	});
	expect(await ask("DELETE", "/v1/admin/keys/bot")).toMatchObject({ status: "revoked", pending: [`worker ${other}`] });
	process.kill(other, "SIGCONT");
	const headers = { authorization: `Bearer ${secret}`, connection: "close" };
	const asked = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/v1/models`, { headers })));
	expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([401]));
});

test("where all workers run, nobody is named", async () => {
	const ask = connected((await served()).url);
	expect(await ask("POST", "/v1/admin/keys", { name: "bot" })).not.toHaveProperty("pending");
	expect(await ask("POST", "/v1/admin/keys/bot", { owner: "me" })).not.toHaveProperty("pending");
	expect(await ask("POST", "/v1/admin/keys/bot/rotate", {})).not.toHaveProperty("pending");
	expect(await ask("DELETE", "/v1/admin/keys/bot")).not.toHaveProperty("pending");
});
