/** `truncation: auto`: the oldest of an input is left out until the rest fits the model's context. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitInput } from "../../src/compaction/fitInput.js";
import { estimateTokens } from "../../src/upstream/routing/estimateTokens.js";
import type { Json } from "../kit/translated.js";
import { compacting, long, said, tools, turn } from "./scene.js";

const past = [
	said("developer", "Be kind."),
	said("user", "I am Ada."),
	said("assistant", long("stars")),
	...turn("c1", long("blue")),
	said("assistant", "They are blue."),
];
const now = said("user", "Which colour?");
const body = { model: "test-model", input: [...past, now], tools, max_output_tokens: 100 };

test("the oldest goes, calls with their results; instructions and the user's last message stay", async () => {
	const { client, asked } = await compacting({ context: 700 });
	const { response } = await client.responses.create({ ...body, truncation: "auto" }).withResponse();
	expect(response.headers.get("x-llmgw-truncated")).toBe("4");
	expect(response.headers.get("x-llmgw-dropped")).toBeNull();
	expect(asked()).toEqual([[expect.stringContaining("Be kind."), "assistant: They are blue.", "user: Which colour?"]]);
});

test.each([
	["fits", { context: 100_000 }, "auto"],
	["is for a model of which no context is known", {}, "auto"],
	["is not to be truncated", { context: 700 }, "disabled"],
])("an input that %s goes whole", async (_what, options, truncation) => {
	const { client, asked } = await compacting(options);
	const { response } = await client.responses.create({ ...body, truncation } as typeof body).withResponse();
	expect(response.headers.get("x-llmgw-truncated")).toBeNull();
	expect(asked()[0]).toHaveLength(6);
});

test("an upstream that truncates itself gets the request as it came", async () => {
	const { post, host } = await compacting({ context: 700, settings: { provider: "openai", key: "sk" } });
	await post("/v1/responses", { ...body, truncation: "auto" });
	const sent = { ...body, model: "m", truncation: "auto" };
	expect(host.received[0]?.body.toString()).toBe(JSON.stringify(sent));
});

describe("what is left", () => {
	const text = fc.integer({ min: 1, max: 300 }).map((times) => long("word", times));
	const id = fc.integer({ min: 0, max: 8 }).map((number) => `c${number}`);
	const item: fc.Arbitrary<Json> = fc.oneof(
		fc.record({ role: fc.constantFrom("user", "assistant", "developer"), content: text }),
		fc.record({
			type: fc.constant("function_call"),
			call_id: id,
			name: fc.constant("f"),
			arguments: fc.constant("{}"),
		}),
		fc.record({ type: fc.constant("function_call_output"), call_id: id, output: text }),
		fc.record({ type: fc.constant("reasoning"), summary: fc.constant([]), encrypted_content: text }),
	);

	test("keeps its order, its instructions, its last message, and no half of a pair that was whole", () => {
		fc.assert(
			fc.property(fc.array(item, { maxLength: 30 }), fc.integer({ min: 0, max: 4_000 }), (items, most) => {
				const tokens = estimateTokens({ input: items });
				const left = fitInput(items, { tokens, estimated: tokens, most, kept: new Set() });
				if (tokens <= most) expect(left).toBe(items);
				expect(left).toEqual(items.filter((one) => left.includes(one)));
				const gone = items.filter((one) => !left.includes(one));
				for (const { role } of gone) expect(role).not.toBe("developer");
				const asked = items.filter(({ role }) => role === "user");
				if (asked.length > 0) expect(left).toContain(asked.at(-1));
				const ids = new Set(gone.map(({ call_id }) => call_id).filter((one) => typeof one === "string"));
				for (const { call_id } of left as Json[]) expect(ids.has(String(call_id))).toBe(false);
			}),
		);
	});
});
