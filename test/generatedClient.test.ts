/** A client generated from openapi.yaml (openapi-fetch over the generated types): it compiles, and it works. */
import createClient from "openapi-fetch";
import { expect, onTestFinished, test } from "vitest";
import type { components, paths } from "../src/generated/contract.js";
import { startDemoHost } from "./kit/aiHost.js";
import { gatewayFor } from "./kit/gateway.js";

const messages: components["schemas"]["ChatMessage"][] = [{ role: "user", content: "Hello AI" }];

async function clientFor() {
	const host = await startDemoHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host);
	return createClient<paths, "application/json">({ baseUrl: gateway.url });
}

test("a completion has the types that the contract says", async () => {
	const client = await clientFor();
	const body: components["schemas"]["CreateChatCompletionRequest"] = {
		messages: [
			{ role: "system", content: "Be brief." },
			{ role: "user", content: [{ type: "text", text: "Hello AI" }] },
		],
		temperature: 0.5,
	};
	const { data, error, response } = await client.POST("/v1/chat/completions", { body });
	expect(error).toBeUndefined();
	const text: unknown = data?.choices[0]?.message.content;
	expect(text).toContain("Hello AI");
	expect(response.headers.get("x-ratelimit-remaining-requests")).toBe("999");
});

test("a refusal has the documented error", async () => {
	const client = await clientFor();
	const { data, error } = await client.POST("/v1/chat/completions", { body: { messages, temperature: 9 } });
	expect(data).toBeUndefined();
	expect(error).toEqual({
		error: {
			message: "Temperature must be between 0.1 and 1.0",
			type: "invalid_request_error",
			param: "temperature",
			code: "invalid_value",
			hint: expect.stringContaining("--contract openai"),
		},
	});
});

test("a stream comes as a stream", async () => {
	const client = await clientFor();
	const { data } = await client.POST("/v1/chat/completions", {
		body: { messages, stream: true },
		parseAs: "stream",
	});
	const text = await new Response(data as unknown as ReadableStream).text();
	expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
});

test("models, health and readiness", async () => {
	const client = await clientFor();
	expect((await client.GET("/v1/models")).data?.data.map(({ id }) => id)).toEqual(["llmw-demo"]);
	const { data } = await client.GET("/v1/models/{model}", { params: { path: { model: "llmw-demo" } } });
	expect(data?.id).toBe("llmw-demo");
	expect((await client.GET("/healthz")).data?.status).toBe("ok");
	expect((await client.GET("/readyz")).data?.upstream).toBe("ok");
});
