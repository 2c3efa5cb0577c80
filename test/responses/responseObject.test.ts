/** A response whose JSON is known is written and kept as one whose bytes are searched. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/dialects/dialect.js";
import { knownResponse, type ResponseParts, responseAt, wholeResponse } from "../../src/responses/responseObject.js";

const message = { id: "msg_1", type: "message", content: [{ type: "output_text", text: 'grüß "dich"' }] };

const responses: readonly [what: string, response: Json][] = [
	["an output between others", { id: "up_1", metadata: null, output: [message], usage: { total_tokens: 3 } }],
	["an output at its beginning", { output: [message, message], id: "up_1" }],
	["an output at its end", { id: "up_1", status: "completed", output: [message] }],
	["an empty output", { id: "up_1", output: [], user: "their own" }],
	["nothing but an output", { output: [] }],
	["empty lists of that name in other members", { error: { output: [] }, output: [message], text: { output: [] } }],
	["no output", { object: "response", id: "up_1" }],
];

const members = {
	own: { id: "resp_1", store: true, previous_response_id: null },
	echoed: { metadata: { task: "späht" }, user: "said before" },
};

describe.each(responses)("a response with %s", (_what, response) => {
	const bytes = Buffer.from(JSON.stringify(response));

	test.each([
		["nothing", { own: {}, echoed: {} }],
		["its own and what the request said", members],
	])("says %s alike", (_said, more) => {
		const known = knownResponse(response).write(more);
		const searched = responseAt(bytes, { start: 0, end: bytes.length }, response).write(more);
		expect(known.bytes.toString()).toBe(searched.bytes.toString());
		const parts = known.parts();
		expect(asText(parts)).toEqual(asText(searched.parts()));
		if (parts.output.length > 0) expect(wholeResponse(parts).toString()).toBe(known.bytes.toString());
	});
});

function asText({ body, output, outputAt }: ResponseParts) {
	return { body: body.toString(), output: output.toString(), outputAt };
}
