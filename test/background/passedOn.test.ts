/** Responses in the background at vendors that generate them themselves: they are asked for there, and nothing is kept here. */
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";

const id = "resp_host";

async function scene(settings: Parameters<typeof upstream>[2]) {
	const responseOf = (status: string) => ({ id, object: "response", status, background: true, model: "m", output: [] });
	const host = await startAiHost(({ method, url }, response) => {
		const isCancelled = url.endsWith("/cancel");
		sendJson(response, responseOf(isCancelled ? "cancelled" : method === "POST" ? "queued" : "in_progress"));
	});
	onTestFinished(() => host.close());
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`, { key: "any", ...settings })],
		routes: [route(["one"], { models: ["*"] })],
	});
	return { host, client: new OpenAI({ baseURL: gateway.baseUrl, apiKey: "k", maxRetries: 0 }), gateway };
}

describe.each(["openai", "azure"])("%s", (provider) => {
	test("is asked to, and answers for its response afterwards", async () => {
		const { host, client, gateway } = await scene({ provider });
		expect(await client.responses.create({ model: "m", input: "Hi", background: true })).toMatchObject({
			...{ id, status: "queued" },
		});
		expect(JSON.parse(host.received[0]?.body.toString() ?? "")).toMatchObject({ background: true, input: "Hi" });
		expect((await client.responses.retrieve(id)).status).toBe("in_progress");
		expect((await client.responses.cancel(id)).status).toBe("cancelled");
		expect(
			host.received.map(({ method, url }) => `${method} ${url.replace(/\?.*/, "").replace(/^.*\/responses/, "")}`),
		).toEqual(["POST ", `GET /${id}`, `POST /${id}/cancel`]);
		const { background } = gateway.gateway.services.store;
		expect(await background.nextAt()).toBeUndefined();
	});
});

test("a host that knows nothing of it is never told", async () => {
	const { host, client } = await scene({ dialects: ["openai.responses"] });
	const queued = await client.responses.create({ model: "m", input: "Hi", background: true });
	expect(queued.id).not.toBe(id);
	await expect.poll(() => host.received.length).toBe(1);
	expect(JSON.parse(host.received[0]?.body.toString() ?? "")).not.toHaveProperty("background");
});
