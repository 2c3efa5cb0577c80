import { expect, test } from "vitest";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { errorOf, jsonOf } from "../kit/gateway.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";

async function hostWith(models: object[]) {
	return startAiHost((_request, response) => sendJson(response, { object: "list", data: models }));
}

const idsAt = async (url: string) =>
	(await jsonOf<{ data: { id: string }[] }>(await fetch(`${url}/v1/models`))).data.map(({ id }) => id);

test("models are the public names of all routes, with what hosts tell of them", async () => {
	const first = await hostWith([
		{ id: "Qwen/Qwen3-8B", object: "model", created: 1, owned_by: "vllm", max_model_len: 4096 },
	]);
	const second = await hostWith([
		{ id: "gpt-5", object: "model", created: 2, owned_by: "openai" },
		{ id: "whisper", object: "model", created: 3, owned_by: "openai" },
	]);
	const gateway = await gatewayWith({
		upstreams: [
			upstream("a", `${first.url}/v1`),
			upstream("b", `${second.url}/v1`),
			upstream("away", "http://127.0.0.1:1/v1"),
		],
		routes: [
			route(["a/Qwen/Qwen3-8B"], { models: ["small", "fast"] }),
			route([target("b")], { models: ["gpt-*"] }),
			route(["away/x"], { models: ["far"] }),
		],
	});
	const { data } = await jsonOf<{ data: object[] }>(await fetch(`${gateway.url}/v1/models`));
	expect(data).toEqual([
		{ id: "small", object: "model", created: 1, owned_by: "vllm", max_model_len: 4096, context_window: 4096 },
		{ id: "fast", object: "model", created: 1, owned_by: "vllm", max_model_len: 4096, context_window: 4096 },
		{ id: "far", object: "model", created: 0, owned_by: "llmgw" },
		{ id: "gpt-5", object: "model", created: 2, owned_by: "openai" },
	]);
	expect(await idsAt(gateway.url)).toEqual(["small", "fast", "far", "gpt-5"]);
	expect(first.received).toHaveLength(1);
	expect(await jsonOf(await fetch(`${gateway.url}/v1/models/small`))).toMatchObject({
		id: "small",
		max_model_len: 4096,
	});
	const unknown = await fetch(`${gateway.url}/v1/models/whisper`);
	expect([unknown.status, (await errorOf(unknown)).code]).toEqual([404, "model_not_found"]);
	await Promise.all([first.close(), second.close()]);
});

test("a list that a client's own credential opened is shown to nobody else", async () => {
	const host = await startAiHost((request, response) =>
		sendJson(response, { object: "list", data: [{ id: request.headers.authorization }] }),
	);
	const gateway = await gatewayWith({
		upstreams: [
			upstream("a", `${host.url}/v1`, { forwardsCredential: true }),
			upstream("b", `${host.url}/v1`, { key: "own" }),
		],
		routes: [route([target("a")], { models: ["Bearer *"] })],
	});
	for (const authorization of ["Bearer x", "Bearer y"]) {
		const response = await fetch(`${gateway.url}/v1/models`, { headers: { authorization } });
		expect((await jsonOf<{ data: { id: string }[] }>(response)).data.map(({ id }) => id)).toEqual([authorization]);
	}
	await host.close();
});
