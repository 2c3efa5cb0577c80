/** `x-llmgw-dropped` names what only the client's dialect has, and clients may call that whatever they like. */
import { expect, test } from "vitest";
import { json, translatedOver } from "../kit/translated.js";

const completion = {
	id: "c1",
	object: "chat.completion",
	created: 1,
	model: "real-model",
	choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
};

async function droppedOf(members: object, content: unknown = "Hi") {
	const { post } = await translatedOver(json(completion));
	const messages = [{ role: "user", content }];
	const response = await post("/v1/messages", { model: "test-model", max_tokens: 5, messages, ...members });
	expect([response.status, await response.json()]).toMatchObject([200, { type: "message" }]);
	return response.headers.get("x-llmgw-dropped");
}

test.each([
	["a lone surrogate", { "\ud800": 1 }, "?"],
	["a line break", { "a\r\nx-forged: 1": 1 }, "a??x-forged:?1"],
	["text beyond ASCII", { Zoë: 1, 東京: 1 }, "Zo?, ??"],
	["a comma", { "a,b": 1 }, "a?b"],
	["no text", { "": 1 }, "?"],
	["more text than a name has", { [`x${"y".repeat(100_000)}`]: 1 }, `x${"y".repeat(63)}`],
])("the name of a member may be %s", async (_what, members, names) => {
	expect(await droppedOf(members)).toBe(names);
});

test("the type of a part may be any text", async () => {
	expect(await droppedOf({}, [{ type: "text", text: "Hi" }, { type: "\u0000\udfff" }])).toBe("??");
});

test("a list that is too long for a header is cut, and shows it", async () => {
	const members = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`member_${at}`, 1]));
	expect(await droppedOf(members)).toMatch(/^member_0, member_1, .{1000,2100}, member_\d+, \.\.\.$/);
});

test("a part of Gemini's, which has no type, is named by its member", async () => {
	const { post } = await translatedOver(json(completion));
	const parts = [{ text: "Hi" }, { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "AAAA" }];
	const response = await post("/v1beta/models/test-model:generateContent", { contents: [{ role: "user", parts }] });
	expect([response.status, response.headers.get("x-llmgw-dropped")]).toEqual([200, "executableCode"]);
});
