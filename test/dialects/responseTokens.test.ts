/** The tokens of a response's input, over upstreams of every kind. */
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { sendJson } from "../kit/aiHost.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { hostOf } from "../kit/spoken.js";

const input = "Count the stars in the sky. ".repeat(50);

async function inFrontOf(dialects: readonly string[], answered: object) {
	const host = await hostOf((_request, response) => sendJson(response, answered));
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`, { dialects: [...dialects] })],
		routes: [route(["one/m"])],
	});
	return { host, client: new OpenAI({ baseURL: gateway.baseUrl, apiKey: "k", maxRetries: 0 }) };
}

describe.each(["openai.chat", "anthropic.messages", "gemini.generate_content"])("over an upstream of %s", (spoken) => {
	test("the gateway counts the tokens of a response's input, and asks nobody", async () => {
		const { host, client } = await inFrontOf([spoken], {});
		const count = await client.responses.inputTokens.count({ model: "test-model", input });
		expect(count.object).toBe("response.input_tokens");
		expect(count.input_tokens).toBeGreaterThan(200);
		expect(count.input_tokens).toBeLessThan(600);
		expect(host.received).toEqual([]);
	});

	test("a count over what only another vendor has kept is refused", async () => {
		const { client } = await inFrontOf([spoken], {});
		const counting = client.responses.inputTokens.count({ model: "test-model", input, previous_response_id: "resp_1" });
		await expect(counting).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
	});
});

test("an upstream of Responses counts itself", async () => {
	const { host, client } = await inFrontOf(["openai.responses"], { object: "response.input_tokens", input_tokens: 7 });
	expect(await client.responses.inputTokens.count({ model: "test-model", input })).toMatchObject({ input_tokens: 7 });
	expect(host.received.map(({ url }) => url)).toEqual(["/v1/responses/input_tokens"]);
});
