/** Operations that only some of a route's upstreams serve: one that does is asked, wherever it stands in the order. */
import { expect, onTestFinished, test } from "vitest";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";

const messages = [{ role: "user", content: "Hello" }];
const counted = { input_tokens: 7, totalTokens: 7, object: "response.input_tokens", output: [] };

const cases: [operation: string, path: string, body: object, provider: object, others: object[]][] = [
	["count_tokens", "/v1/messages/count_tokens", { messages }, { provider: "anthropic" }, [{}, { provider: "gemini" }]],
	[
		"input_tokens",
		"/v1/responses/input_tokens",
		{ input: "Hello" },
		{ dialects: ["openai.responses"] },
		[{}, { provider: "anthropic" }],
	],
	[
		"countTokens",
		"/v1beta/models/test-model:countTokens",
		{ contents: [{ parts: [{ text: "Hello" }] }], model: undefined },
		{ provider: "gemini" },
		[{}, { provider: "anthropic" }],
	],
];

test.each(cases)("%s", async (_operation, path, body, provider, others) => {
	const host = await startAiHost((_request, response) => sendJson(response, counted));
	const wrong = await startAiHost((_request, response) =>
		sendJson(response, { error: { message: "no such path" } }, 404),
	);
	onTestFinished(() => host.close());
	onTestFinished(() => wrong.close());
	const gateway = await gatewayWith({
		upstreams: [
			...others.map((more, at) => upstream(`other${at}`, `${wrong.url}/v1`, { key: "secret", ...more })),
			upstream("one", `${host.url}/v1`, { key: "secret", ...provider }),
		],
		routes: [route([...others.map((_other, at) => `other${at}/m`), "one/m"])],
	});
	const answer = await fetch(gateway.url + path, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ model: "test-model", ...body }),
	});
	expect([answer.status, await answer.json()]).toEqual([200, counted]);
	expect([wrong.received.length, host.received.length]).toEqual([0, 1]);
});
