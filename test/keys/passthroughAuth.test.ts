/** `passthroughAuth`: a client's own credential reaches the upstream that it is for, and no other; the gateway's key comes beside it. */
import { expect, onTestFinished, test } from "vitest";
import type { Route, UpstreamSettings } from "../../src/settings/routes.js";
import { answerShortly, completion, type HostAnswer, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { route, upstream } from "../kit/routing.js";

const credentials = {
	authorization: "Bearer sk-ant-oat01-subscription",
	"x-api-key": "sk-ant-own",
	"x-goog-api-key": "AIza-own",
	"anthropic-beta": "oauth-2025-04-20,claude-code-20250219",
};

async function hostFor(answer?: HostAnswer): Promise<TestHost> {
	const host = await startAiHost(answer, { listsModels: true });
	onTestFinished(() => host.close());
	return host;
}

type Upstreams = Record<string, [TestHost, Partial<UpstreamSettings>]>;

async function gatewayTo(upstreams: Upstreams, more: Partial<Route> = {}, flags = {}): Promise<TestGateway> {
	const all = Object.entries(upstreams).map(([name, [host, own]]) => upstream(name, `${host.url}/v1`, own));
	const routing = { upstreams: all, routes: [route(Object.keys(upstreams), { models: ["m"], ...more })] };
	const gateway = await startGateway("127.0.0.1", flags, routing);
	onTestFinished(() => gateway.stop());
	return gateway;
}

const chat = { path: "/v1/chat/completions", body: { model: "m", messages: [{ role: "user", content: "Hi" }] } };

function ask({ url }: TestGateway, headers: Record<string, string>, { path, body } = chat): Promise<Response> {
	return fetch(url + path, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(body),
	});
}

const refusing: HostAnswer = (_request, response) =>
	sendJson(response, { error: { message: "busy" } }, 429, { "retry-after": "60" });

/** What was asked for answers. */
const asked = ({ received }: TestHost) => received.filter(({ method }) => method === "POST");

test("the client's credentials pass untouched, in place of the upstream's own, and the gateway's key does not", async () => {
	const host = await hostFor();
	const gateway = await gatewayTo({ own: [host, { passthroughAuth: true, key: "sk-of-the-gateway" }] });
	const { secret } = await addKey(gateway);
	expect((await ask(gateway, { ...credentials, "x-llmgw-key": secret })).status).toBe(200);
	const [received] = asked(host);
	expect(received?.headers).toMatchObject(credentials);
	expect(JSON.stringify(received?.rawHeaders)).not.toContain(secret);
	expect(received?.headers["x-llmgw-key"]).toBeUndefined();
	expect(JSON.stringify(received?.rawHeaders)).not.toContain("sk-of-the-gateway");
});

test("without keys nothing else is needed", async () => {
	const host = await hostFor();
	const gateway = await gatewayTo({ own: [host, { passthroughAuth: true, key: "sk-of-the-gateway" }] });
	expect((await ask(gateway, { ...credentials, "x-llmgw-key": "whatever" })).status).toBe(200);
	expect(asked(host)[0]?.headers).toMatchObject(credentials);
	expect(asked(host)[0]?.headers["x-llmgw-key"]).toBeUndefined();
});

test.each<[string, Partial<UpstreamSettings>]>([
	["one with a key", { key: "sk-other" }],
	["one without", {}],
	["one with forwardCredential", { forwardsCredential: true }],
])("on failover they do not reach another upstream: %s", async (_name, own) => {
	const [first, second] = [await hostFor(refusing), await hostFor()];
	const gateway = await gatewayTo({ first: [first, { passthroughAuth: true }], second: [second, own] });
	const { secret } = await addKey(gateway);
	expect((await ask(gateway, { ...credentials, "x-llmgw-key": secret })).status).toBe(200);
	expect(asked(first)[0]?.headers.authorization).toBe(credentials.authorization);
	const [received] = asked(second);
	expect(received?.headers.authorization).toBe(own.key && "Bearer sk-other");
	for (const value of ["sk-ant-oat01-subscription", "sk-ant-own", "AIza-own", secret])
		expect(JSON.stringify(received?.rawHeaders)).not.toContain(value);
});

test("without keys, they do not reach another upstream on failover either", async () => {
	const [first, second] = [await hostFor(refusing), await hostFor()];
	const gateway = await gatewayTo({ first: [first, { passthroughAuth: true }], second: [second, {}] });
	expect((await ask(gateway, credentials)).status).toBe(200);
	expect(asked(second)).toHaveLength(1);
	expect(JSON.stringify(asked(second)[0]?.rawHeaders)).not.toMatch(/sk-ant|AIza/);
});

test.each(["authorization", "x-api-key"])(
	"a key of the gateway's in %s passes nowhere, also beside x-llmgw-key",
	async (name) => {
		const host = await hostFor();
		const gateway = await gatewayTo({ own: [host, { passthroughAuth: true }] });
		const [one, other] = [await addKey(gateway), await addKey(gateway, { name: "other" })];
		const shown = name === "authorization" ? `Bearer ${one.secret}` : one.secret;
		expect((await ask(gateway, { [name]: shown })).status).toBe(200);
		expect((await ask(gateway, { [name]: shown, "x-llmgw-key": one.secret })).status).toBe(200);
		expect((await ask(gateway, { [name]: shown, "x-llmgw-key": other.secret })).status).toBe(200);
		expect(asked(host)).toHaveLength(3);
		expect(JSON.stringify(host.received)).not.toContain(one.secret);
	},
);

test("the administrator's credential beside x-llmgw-key passes nowhere", async () => {
	const host = await hostFor();
	const gateway = await gatewayTo(
		{ own: [host, { passthroughAuth: true }] },
		{},
		{ "admin-key": "the-administrators" },
	);
	const { secret } = await addKey(gateway);
	const headers = { authorization: "Bearer the-administrators", "x-llmgw-key": secret };
	expect((await ask(gateway, headers)).status).toBe(200);
	expect(JSON.stringify(host.received)).not.toContain("the-administrators");
});

test("a client without the gateway's key is refused, whatever else it brings", async () => {
	const host = await hostFor();
	const gateway = await gatewayTo({ own: [host, { passthroughAuth: true }] });
	await addKey(gateway);
	expect((await ask(gateway, credentials)).status).toBe(401);
	expect((await ask(gateway, { ...credentials, "x-llmgw-key": "llmw-wrong" })).status).toBe(401);
	expect(asked(host)).toEqual([]);
});

test("x-llmgw-key is taken for any upstream and any operation, the administrator's too", async () => {
	const host = await hostFor();
	const gateway = await gatewayTo({ own: [host, { key: "sk-own" }] }, {}, { "admin-key": "the-administrators" });
	const { secret } = await addKey(gateway);
	expect((await ask(gateway, { "x-llmgw-key": secret })).status).toBe(200);
	expect(asked(host)[0]?.headers.authorization).toBe("Bearer sk-own");
	const models = await fetch(`${gateway.url}/v1/models`, { headers: { "x-llmgw-key": secret } });
	expect(models.status).toBe(200);
	const keys = await fetch(`${gateway.url}/v1/admin/keys`, { headers: { "x-llmgw-key": "the-administrators" } });
	expect(keys.status).toBe(200);
});

test("lists of models are asked for with the client's own credential, and are that client's", async () => {
	const host = await hostFor();
	const gateway = await gatewayTo({ own: [host, { passthroughAuth: true }] }, { models: ["*"] });
	const { secret } = await addKey(gateway);
	for (const token of ["one", "two"])
		await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${token}`, "x-llmgw-key": secret } });
	const lists = host.received.filter(({ headers }) => headers.authorization !== undefined);
	expect(lists.map(({ headers }) => headers.authorization)).toEqual(["Bearer one", "Bearer two"]);
});

test("one client's subscription that is used up keeps no other client from the upstream", async () => {
	const limited: HostAnswer = (request, response, message) =>
		request.headers.authorization === "Bearer used-up"
			? refusing(request, response, message)
			: answerShortly(request, response);
	const [first, second] = [
		await hostFor(limited),
		await hostFor((_request, response) => sendJson(response, completion)),
	];
	const gateway = await gatewayTo({ first: [first, { passthroughAuth: true }], second: [second, { key: "sk" }] });
	expect((await ask(gateway, { authorization: "Bearer used-up" })).status).toBe(200);
	expect(asked(second)).toHaveLength(1);
	expect((await ask(gateway, { authorization: "Bearer fresh" })).status).toBe(200);
	expect(asked(second)).toHaveLength(1);
	expect(asked(first).at(-1)?.headers.authorization).toBe("Bearer fresh");
});

test("Messages pass to an upstream that speaks them with the subscription's token and its beta", async () => {
	const host = await hostFor((_request, response) =>
		sendJson(response, {
			id: "msg_1",
			type: "message",
			role: "assistant",
			model: "claude-x",
			content: [{ type: "text", text: "Hi" }],
			stop_reason: "end_turn",
			usage: { input_tokens: 1, output_tokens: 1 },
		}),
	);
	const gateway = await gatewayTo({ own: [host, { provider: "anthropic", passthroughAuth: true, key: "sk-own" }] });
	const { secret } = await addKey(gateway);
	const { authorization, "anthropic-beta": beta } = credentials;
	const headers = { authorization, "anthropic-beta": beta, "anthropic-version": "2023-06-01", "x-llmgw-key": secret };
	const body = { ...chat.body, max_tokens: 10 };
	expect((await ask(gateway, headers, { path: "/v1/messages?beta=true", body })).status).toBe(200);
	const [received] = asked(host);
	expect(received?.url).toBe("/v1/messages?beta=true");
	expect(received?.headers).toMatchObject({ authorization, "anthropic-beta": beta });
	expect(received?.headers["x-api-key"]).toBeUndefined();
});
