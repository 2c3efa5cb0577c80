/** JSON with status 200 that says neither a text, nor a call, nor an end is no answer, whichever dialect it is read in. */
import { expect, test } from "vitest";
import { json, type Over, translatedOver } from "../kit/translated.js";

const upstreams: Record<string, Over> = {
	"chat completions": {},
	Anthropic: { settings: { provider: "anthropic" } },
	Gemini: { settings: { provider: "gemini" } },
	Cohere: { settings: { provider: "cohere" } },
	Ollama: { settings: { provider: "ollama", ollama: {} } },
	Bedrock: { settings: { provider: "bedrock", key: "k" } },
};

test.each(Object.entries(upstreams))("%s", async (_name, over) => {
	const { post } = await translatedOver([json({}), json({ status: "ok", data: [1] })], over);
	for (const stream of [false, true]) {
		const response = await post("/v1/responses", { model: "test-model", input: "Hi", stream });
		expect([response.status, await response.json()]).toMatchObject([502, { error: { code: "upstream_no_answer" } }]);
	}
});
