/** A member that the gateway decides by is read alike by every parser, or its request is refused. */
import { describe, expect, onTestFinished, test } from "vitest";
import { findMember } from "../../src/json/jsonMember.js";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, postChat, startGateway, temporaryFile } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { route, upstream } from "../kit/routing.js";
import { pairForAll, testHealthAfterwards } from "./pair.js";

const pair = pairForAll();

const messages = '"messages":[{"role":"user","content":"Hello AI"}]';
const rest = '"max_tokens":5,"temperature":0.5';

function post(url: string, path: string, body: string): Promise<Response> {
	return fetch(`${url}/v1${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
}

async function expectRefused(path: string, body: string, param: string): Promise<void> {
	const response = await post(pair.gateway.url, path, body);
	expect(response.status, body).toBe(400);
	const error = await errorOf(response);
	expect(error).toMatchObject({ type: "invalid_request_error", param });
	expect(error.message).toContain(param);
	expect(pair.arrivals()).toEqual([]);
}

const chat = (members: string) => `{${members},${messages},${rest}}`;

describe("a name that is a known one but for case is refused", () => {
	test.each([
		["Model", '"model":"allowed","Model":"forbidden"'],
		["MODEL", '"MODEL":"forbidden","model":"allowed"'],
		["Model", '"Model":"alone"'],
		["Model", '"model":"allowed","\\u004dodel":"forbidden"'],
		["Model", '"model":"allowed","\\u004D\\u006fdel":"forbidden"'],
		["Max_Tokens", '"Max_Tokens":100000'],
		["max_completion_tokenſ", '"max_completion_tokenſ":100000'],
		["max_completion_tokenſ", '"max_completion_token\\u017f":100000'],
		["max_toKens", '"max_to\u212aens":1'.replace("\u212a", "K")],
		["max_to\u212aens", '"max_to\u212aens":1'],
		["max_to\u212aens", '"max_to\\u212aens":1'],
		["N", '"N":100'],
		["Best_Of", '"Best_Of":100'],
		["Options", '"Options":{"num_predict":100000}'],
		["Num_Predict", '"Num_Predict":100000'],
		["STREAM", '"STREAM":true'],
		["Meſſageſ", '"Meſſageſ":[]'],
		["Metadata", '"Metadata":{}'],
		["Store", '"Store":true'],
		["Prompt", '"Prompt":{"id":"x"}'],
		["options.Num_Predict", '"options":{"num_predict":5,"Num_Predict":100000}'],
		["extra_body.Max_Tokens", '"extra_body":{"max_tokens":5,"Max_Tokens":100000}'],
		["stream_options.Include_Usage", '"stream_options":{"Include_Usage":true}'],
		["model\0", '"model":"allowed","model\\u0000":"forbidden"'],
		["model\0x", '"model":"allowed","model\\u0000x":"forbidden"'],
	])("%j", async (param, members) => {
		await expectRefused("/chat/completions", chat(members), param);
		await expectRefused("/chat/completions", `{${messages},${rest}, ${members} }`, param);
	});

	test.each([
		["/completions", '{"model":"m","prompt":"x","Prompt":"y"}', "Prompt"],
		["/completions", '{"model":"m","prompt":"x","Best_of":9}', "Best_of"],
		["/embeddings", '{"model":"m","input":"x","Input":"y"}', "Input"],
		["/embeddings", '{"model":"m","input":"x","Model":"y"}', "Model"],
	])("also in %s %s", (path, body, param) => expectRefused(path, body, param));

	test.each([
		["parameters.Model", '"parameters":{"Model":"forbidden"}'],
		["parameters.N_Predict", '"parameters":{"N_Predict":100000}'],
		["parameters.options.Num_Predict", '"parameters":{"options":{"num_predict":5,"Num_Predict":100000}}'],
	])("also in a prompt that is kept: %s", (param, members) =>
		expectRefused("/prompts", `{"name":"kept",${messages},${members}}`, param),
	);

	test("and also in a message, and in its parts", async () => {
		const inMessage = (message: string) =>
			`{"model":"m",${rest},"messages":[{"role":"system","content":"x"},${message}]}`;
		const text = '{"type":"text","text":"short","Text":"long"}';
		await expectRefused(
			"/chat/completions",
			inMessage('{"role":"user","content":"short","Content":"long"}'),
			"messages[1].Content",
		);
		await expectRefused(
			"/chat/completions",
			inMessage(`{"role":"user","content":[{"type":"text","text":"x"},${text}]}`),
			"messages[1].content[1].Text",
		);
	});
});

describe("a known name that comes twice is refused", () => {
	test.each([
		["model", '"model":"big","model":"small"'],
		["model", '"model":"big","mod\\u0065l":"small"'],
		["model", '"\\u006d\\u006f\\u0064\\u0065\\u006c":"big","model":"small"'],
		["max_completion_tokens", '"max_completion_tokens":5,"max_completion_tokens":100000'],
		["stream", '"stream":true,"stream":false'],
		["n", '"n":1,"x":[{"n":1}],"n":100'],
		["metadata", '"metadata":{"a":"b"},"metadata":{}'],
		["options", '"options":{},"options":{"num_predict":100000}'],
		["options.num_predict", '"options":{"num_predict":5,"num_predict":100000}'],
		["stream_options.include_usage", '"stream_options":{"include_usage":true,"include_usage":false}'],
	])("%j", (param, members) => expectRefused("/chat/completions", chat(members), param));

	test("however far the two stand apart", () =>
		expectRefused(
			"/chat/completions",
			`{"model":"a",${messages},${rest},"x":"${"y".repeat(5_000_000)}","model":"b"}`,
			"model",
		));

	test("also the content of a message", () =>
		expectRefused(
			"/chat/completions",
			`{"model":"m",${rest},"messages":[{"role":"user","content":"long","content":"short"}]}`,
			"messages[0].content",
		));
});

describe("what no parser could take for a known member passes as it is", () => {
	test.each([
		'"x":1,"x":2',
		'"X":1,"x":2',
		'"model":"m","models_":1,"modell":2,"mode":3,"odel":4',
		'"metadata":{"Model":"x","model":"y"}',
		'"x":{"model":1,"Model":2,"model":3}',
		'"logit_bias":{"1":1}',
		'"mod\\u0065l":"m","\\u0073tream":false',
		'"tools":[{"type":"function","function":{"name":"f","parameters":{"Type":"object","type":"object","properties":{"Name":{},"name":{},"Text":{}}}}}]',
	])("%s", async (members) => {
		const body = chat(/^"mod/.test(members) ? members : `"model":"m",${members}`);
		const response = await post(pair.gateway.url, "/chat/completions", body);
		expect(response.status, await response.text()).toBe(200);
		expect(pair.arrivals().map((arrival) => arrival.body.toString())).toEqual([body]);
	});
});

test("a member that an overlay adds is known too", async () => {
	const overlay = temporaryFile(
		"tier.yaml",
		`overlay: 1.0.0
info: {title: t, version: '1'}
actions:
  - target: $.components.schemas.CreateChatCompletionRequest.properties
    update: {stufe_straße: {type: string}}
`,
	);
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host, { overlay });
	const response = await post(gateway.url, "/chat/completions", chat('"Stufe_Straße":"gold"'));
	expect(response.status).toBe(400);
	expect((await errorOf(response)).param).toBe("Stufe_Straße");
});

describe("a name that is written with escapes is found where the gateway changes its member:", () => {
	async function inFront() {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const routing = { upstreams: [upstream("a", host.url)], routes: [route(["a/own"], { models: ["*"] })] };
		const gateway = await startGateway(host.url, {}, routing);
		onTestFinished(() => gateway.stop());
		return { host, gateway };
	}

	test.each([
		['"mod\\u0065l":"m"', '"mod\\u0065l":"own"'],
		['"model":"\\u006d"', '"model":"own"'],
		[
			'"x":{"model":"a"},"model":"m","y":"\\u0065 \\"model\\""',
			'"x":{"model":"a"},"model":"own","y":"\\u0065 \\"model\\""',
		],
	])("the model in %s", async (given, expected) => {
		const { host, gateway } = await inFront();
		await (await post(gateway.url, "/chat/completions", chat(given))).text();
		expect(host.received[0]?.body.toString()).toBe(chat(expected));
	});

	test("the options of a stream", async () => {
		const { host, gateway } = await inFront();
		const given = '"model":"own","stream":true,"stream_option\\u0073":{"x":1}';
		await (await post(gateway.url, "/chat/completions", chat(given))).text();
		expect(host.received[0]?.body.toString()).toBe(chat(given.replace('{"x":1}', '{"x":1,"include_usage":true}')));
	});
});

test.each([
	["models", ["allowed", "forbidden"]],
	["models", "forbidden"],
	["fallbacks", ["forbidden"]],
	["fallbacks", [{ model: "forbidden", messages: [] }]],
	["fallbacks", [{ allowed: ["forbidden"] }]],
])("a key for one model reaches no other by %s: %j", async (name, value) => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host);
	const { secret } = await addKey(gateway, { models: ["allowed"] });
	const ask = (more: object) =>
		postChat(gateway.baseUrl, { ...hello, model: "allowed", ...more }, { authorization: `Bearer ${secret}` });
	const refused = await ask({ [name]: value });
	expect(refused.status).toBe(403);
	expect((await errorOf(refused)).message).toContain("forbidden");
	expect(host.received).toEqual([]);
	expect((await ask({ [name]: ["allowed"] })).status).toBe(200);
});

test("a member is found in bytes where JSON.parse finds it", () => {
	const texts = [
		'{"id":1}',
		'{"id":1,"id":2}',
		'{"id":1,"\\u0069d":2}',
		'{"i\\u0064":"\\"}","x":{"id":3}}',
		'{"x":{"id":3},"y":["id",{"id":4}]}',
		'{ "a" : "id" , "id" : [ 1 , 2 ] }',
		`{"a":"${"\\\\".repeat(200)}","id":7}`,
		`{"a":"${'\\"'.repeat(300)}\\\\","id":8}`,
		`{"a":"${"x".repeat(300)}\\"${"y".repeat(300)}","id":9}`,
	];
	for (const text of texts) {
		const bytes = Buffer.from(text);
		const span = findMember(bytes, { start: 0, end: bytes.length }, Buffer.from('"id"'));
		const found = span && (JSON.parse(bytes.toString("utf8", span.start, span.end)) as unknown);
		expect(found, text).toEqual((JSON.parse(text) as { id?: unknown }).id);
	}
});

testHealthAfterwards(pair);
