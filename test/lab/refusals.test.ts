import { Agent } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { faultNames } from "../../src/mockHosts/lab/faults.js";
import { ask, chatBody, startLab } from "./startLab.js";

const refusals: [string, number, object][] = [
	["error:429", 429, { type: "rate_limit_error", code: "rate_limit_exceeded" }],
	["error:500", 500, { type: "server_error" }],
	["error", 500, { type: "server_error" }],
	["error:502", 502, { type: "server_error" }],
	["error:503", 503, { type: "overloaded_error" }],
	["error:529", 529, { type: "overloaded_error" }],
	["context-length", 400, { code: "context_length_exceeded", param: "messages" }],
	["context-length:4", 400, { code: "context_length_exceeded" }],
	["context-length:4,as=llamacpp", 400, { type: "exceed_context_size_error", code: 400, n_prompt_tokens: 5, n_ctx: 4 }],
	["context-length,status=413", 413, { code: "context_length_exceeded" }],
	["content-filter", 400, { code: "content_filter" }],
	["unauthorized", 401, { code: "invalid_api_key" }],
	["forbidden", 403, { code: "permission_denied" }],
	["not-found", 404, { code: "model_not_found" }],
	["bad-request", 400, { code: "invalid_value", param: "top_p" }],
	["flap", 503, { type: "server_error" }],
	["flap,status=500", 500, { type: "server_error" }],
];

test.each(refusals)("%s is a %i in the envelope, streamed or not", async (model, status, error) => {
	const { lab, url } = await startLab();
	for (const stream of [false, true]) {
		const seen = await ask(url, chatBody(model, { stream }));
		expect(seen).toMatchObject({ status, ending: "end", headers: { "content-type": "application/json" } });
		expect(JSON.parse(seen.text).error).toMatchObject({ message: expect.stringMatching(/\w/), ...error });
	}
	const refused = { status, ending: "refused", prompt_tokens: 0, completion_tokens: 0 };
	expect(lab.ledger.entries()).toMatchObject([refused, refused]);
});

test("context-length as vLLM has vLLM's words, and no envelope", async () => {
	const { url } = await startLab();
	const { status, text } = await ask(url, chatBody("context-length:4,as=vllm", { max_tokens: 10 }));
	expect(status).toBe(400);
	expect(JSON.parse(text)).toEqual({
		object: "error",
		message: expect.stringMatching(/maximum context length is 4 tokens\. However, you requested 15 tokens \(5 in/),
		type: "BadRequestError",
		param: null,
		code: 400,
	});
});

test("context-length answers prompts that fit", async () => {
	const { url } = await startLab();
	expect((await ask(url, chatBody("context-length:5"))).status).toBe(200);
});

test.each([
	["error:502,as=html", "text/html", /^<html>/],
	["error:502,as=text", "text/plain", /502/],
	["error:502,as=empty", undefined, /^$/],
])("%s has another kind of body", async (model, type, body) => {
	const { url } = await startLab();
	const { status, headers, text } = await ask(url, chatBody(model));
	expect({ status, type: headers["content-type"] }).toEqual({ status: 502, type });
	expect(text).toMatch(body);
});

test.each([
	["rate-limit:1.5", { "retry-after": "2", "retry-after-ms": "1500" }],
	["rate-limit:3,as=seconds", { "retry-after": "3" }],
	["rate-limit:3,as=ms", { "retry-after-ms": "3000" }],
	["rate-limit:3,as=date", { "retry-after": "Tue, 14 Nov 2023 22:13:24 GMT" }],
	["rate-limit:3,as=seconds,status=503", { "retry-after": "3" }],
])("%s says when to come back", async (model, headers) => {
	const { url } = await startLab({ now: () => 1_700_000_000_500 });
	const seen = await ask(url, chatBody(model));
	expect(seen.status).toBe(model.endsWith("503") ? 503 : 429);
	const said = Object.entries(seen.headers).filter(([name]) => name.startsWith("retry-after"));
	expect(Object.fromEntries(said)).toEqual(headers);
});

test.each([
	["reset", "ECONNRESET"],
	["reset,as=close", "ECONNRESET"],
	["invalid-http", "HPE_INVALID_VERSION"],
])("%s gives no answer", async (model, ending) => {
	const { lab, url } = await startLab();
	const ended = lab.nextEnd();
	expect(await ask(url, chatBody(model))).toMatchObject({ status: undefined, ending });
	expect(await ended).toMatchObject({ status: null, ending: "cut" });
});

test("silent says nothing until the client leaves", async () => {
	const { lab, url } = await startLab();
	const [asked, left] = [lab.nextRequest(), lab.nextAbort()];
	const leaving = new AbortController();
	const asking = fetch(`${url}/v1/chat/completions`, {
		method: "POST",
		body: chatBody("silent"),
		signal: leaving.signal,
	});
	expect(await asked).toMatchObject({ model: "silent", ending: "open" });
	leaving.abort();
	await expect(asking).rejects.toThrow(/abort/);
	expect(await left).toMatchObject({ status: null, ending: "left", prompt_tokens: 0 });
});

test.each([
	["cutt:3", /no fault "cutt"; did you mean cut\?/],
	["cut:x", /must be a whole number from 0 to 1000000 \(got "x"\)/],
	["cut:1:2", /"cut:1:2" is not of the form cut\[:PIECES\]/],
	["ok:3", /"ok:3" is not of the form ok/],
	["error:200", /from 400 to 599/],
	["cut,tims=3", /no option "tims"; did you mean times\?/],
	["cut,times=0", /times must be a whole number from 1/],
	["cut,times=1,times=2", /times is given twice/],
	["cut,as=dance", /as must be one of close, reset \(got "dance"\)/],
	["ok,as=reset", /as means nothing for ok/],
	["cut,status=500", /cut has no status to replace/],
	["cut,ok=3", /ok belongs to flap/],
	["cut,prefill", /prefill must be one of ignore,/],
	["", /no fault ""/],
])("the model %j is not found, with the reason", async (model, message) => {
	const { lab, url } = await startLab();
	const { status, text } = await ask(url, chatBody(model));
	expect(status).toBe(404);
	const { error } = JSON.parse(text);
	expect(error).toMatchObject({ code: "model_not_found", type: "invalid_request_error" });
	expect(error.message).toMatch(message);
	for (const fault of faultNames) expect(error.message).toContain(fault);
	expect(lab.ledger.entries()).toMatchObject([{ model, ending: "refused", status: 404 }]);
});

test.each([
	["{", /not JSON/],
	["[]", /must be an object/],
	['{"model": "ok"}', /messages must be a list/],
	['{"model": 3, "messages": [{}]}', /model must be a string/],
	['{"model": "ok", "messages": [{}], "n": 1e9}', /1024 choices at most/],
	['{"model": "ok", "messages": [{}], "max_tokens": 0}', /max_tokens must be a number above 0/],
])("the body %s is a 400 in the envelope", async (body, message) => {
	const { url } = await startLab();
	const { status, text } = await ask(url, body);
	expect(status).toBe(400);
	expect(JSON.parse(text).error).toMatchObject({ message: expect.stringMatching(message), param: null, code: null });
});

test.each([
	["POST", "/v1/images"],
	["GET", "//"],
	["PUT", "/lab/requests"],
])("%s %s is a 404 in the envelope", async (method, path) => {
	const { url } = await startLab();
	const answer = await fetch(`${url}${path}`, { method });
	expect(answer.status).toBe(404);
	expect(await answer.json()).toMatchObject({ error: { type: "invalid_request_error" } });
});

test("a connection is kept between answers, refusals too", async () => {
	const { lab, url } = await startLab();
	let connections = 0;
	lab.on("connection", () => {
		connections += 1;
	});
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	onTestFinished(() => agent.destroy());
	for (const model of ["ok", "error:503", "no-done", "bad-request", "ok"])
		for (const stream of [false, true]) await ask(url, chatBody(model, { stream }), { agent });
	expect(connections).toBe(1);
});
