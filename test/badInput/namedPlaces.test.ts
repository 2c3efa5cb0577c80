/** What a refusal says about a wrong value: which one it is, also in shapes of errors that have no `param`. */
import { expect, onTestFinished, test } from "vitest";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";

const adminKey = "an-administrator-of-tests";
const message = { model: "m", max_tokens: 1, messages: [{ role: "user", content: "x" }] };

function form(fields: Record<string, string>): FormData {
	const data = new FormData();
	for (const [name, value] of Object.entries(fields)) data.set(name, value);
	return data;
}

test.each<[string, object, string]>([
	["/v1/messages/batches", {}, "Missing required parameter: 'requests'."],
	["/v1/messages/batches", { requests: [] }, "requests must be a list of 1 to 100000 requests"],
	["/v1/messages/batches", { requests: [{ custom_id: "a" }] }, "Missing required parameter: 'requests[0].params'."],
	[
		"/v1/messages/batches",
		{ requests: [{ custom_id: "a b", params: message }] },
		"requests[0].custom_id must be 1 to 64 letters, digits, underscores or hyphens",
	],
	[
		"/v1/batches",
		{ input_file_id: "file-1", endpoint: "/v1/chat/completions" },
		"Missing required parameter: 'completion_window'.",
	],
	[
		"/v1/batches",
		{ input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "soon" },
		"completion_window must be a time such as 24h",
	],
	[
		"/v1/realtime/client_secrets",
		{ expires_after: { anchor: "created_at", seconds: 1 } },
		"expires_after.seconds must be a whole number from 10 to 7200",
	],
	["/v1/admin/keys", { name: "x", limits: { requestsPerMinute: 5 } }, "Unknown parameter: 'limits.requestsPerMinute'."],
	[
		"/v1/responses",
		{ model: "m", input: [{ role: "user", content: "x" }, "y"] },
		"Invalid type for 'input[1]': expected object, got string.",
	],
	["/v1/audio/speech", { input: "" }, "input must be a text with something in it"],
	["/v1/files", form({ purpose: "user_data" }), "Missing required parameter: 'file'."],
	["/v1/files", form({ purpose: "user_data", file: "x" }), "file must be a file."],
])("%s %j says %s", async (path, body, says) => {
	const gateway = await startGateway("http://127.0.0.1:9", { "admin-key": adminKey, overlay: withoutRateLimit() });
	onTestFinished(() => gateway.stop());
	const isForm = body instanceof FormData;
	const credential = path.startsWith("/v1/admin/") ? { authorization: `Bearer ${adminKey}` } : {};
	const response = await fetch(`${gateway.url}${path}`, {
		method: "POST",
		...(isForm
			? { body }
			: { headers: { "content-type": "application/json", ...credential }, body: JSON.stringify(body) }),
	});
	expect([response.status, await response.json()]).toEqual([
		400,
		expect.objectContaining({ error: expect.objectContaining({ message: says }) }),
	]);
});
