/** Tokens of an identity provider: a small one on loopback, whose keys and answers a test changes. */
import { generateKeyPair, SignJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { createTokenCheck, isToken } from "../../src/keys/identityTokens.js";
import { problemsIn, settingsFrom } from "../config/files.js";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, hello, postChat, startGateway, temporaryFile } from "../kit/gateway.js";
import { audience, type Issuer, seconds, startIssuer } from "../kit/issuer.js";
import { addKey } from "../kit/keys.js";
import { runLlmw } from "../kit/llmw.js";

const configOf = ({ url }: Issuer, aihost: string) => `
upstreams: { a: { url: ${aihost} } }
auth:
  issuer: ${url}
  audience: [other, ${audience}]
  claims: { owner: email, team: realm.team, organisation: org, models: models, limits: llm.limits, budget: llm.budget, priority: llm.priority }
`;

/** A gateway that takes the issuer's tokens, before a host. */
async function gatewayFor(issuer: Issuer) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const { auth } = await settingsFrom(configOf(issuer, host.url));
	const gateway = await startGateway(host.url, {}, undefined, { auth });
	onTestFinished(() => gateway.stop());
	const ask = (token: string, body: object = {}) =>
		postChat(gateway.baseUrl, { ...hello, ...body }, { authorization: `Bearer ${token}` });
	return { host, gateway, ask };
}

const claims = { email: "ada@example.com", realm: { team: "blue" }, org: "acme", models: ["qwen-*"] };

test("a token's claims say how much may be used, and one that can't be understood is refused", async () => {
	const issuer = await startIssuer();
	const sign = await issuer.rotate();
	const { ask } = await gatewayFor(issuer);
	const statuses = async (token: string) => [(await ask(token)).status, (await ask(token)).status];
	const limited = {
		...claims,
		models: ["*"],
		sub: "limited",
		llm: { limits: { requests_per_minute: 1, requests_per_day: null } },
	};
	expect(await statuses(await sign(limited))).toEqual([200, 429]);
	// Another token of the same subject has the same counters.
	expect(await statuses(await sign({ ...limited, jti: "2" }))).toEqual([429, 429]);
	for (const llm of [
		{ limits: { requests: 1 } },
		{ limits: { requests_per_minute: "many" } },
		{ limits: [1] },
		{ limits: "none" },
		{ budget: { per_day: -1 } },
		{ priority: 1_000 },
	]) {
		const response = await ask(await sign({ ...limited, sub: "odd", llm }));
		expect([llm, response.status]).toEqual([llm, 401]);
		expect((await errorOf(response)).message).toMatch(/^The token's 'llm\.\w+' is not what this gateway expects\.$/);
	}
	expect((await ask(await sign({ ...limited, sub: "free", llm: {} }))).status).toBe(200);
});

test("a token's claims say who calls and what they may ask for, and it stays here", async () => {
	const issuer = await startIssuer();
	const sign = await issuer.rotate();
	const { host, ask } = await gatewayFor(issuer);
	const token = await sign(claims);
	expect((await ask(token, { model: "qwen-3" })).status).toBe(200);
	expect(JSON.stringify(host.received[0]?.rawHeaders)).not.toContain(token);
	expect(await errorOf(await ask(token, { model: "gpt-4o" }))).toMatchObject({ code: "model_not_allowed" });
	const caller = await createTokenCheck((await settingsFrom(configOf(issuer, host.url))).auth as never).check(token);
	expect(caller).toMatchObject({
		keyId: expect.stringMatching(/^token_[0-9a-f]{24}$/),
		keyName: "ada@example.com",
		owner: "ada@example.com",
		team: "blue",
		organisation: "acme",
	});
});

test("models may be a text with spaces, and a token that names none may use none", async () => {
	const issuer = await startIssuer();
	const sign = await issuer.rotate();
	const { ask } = await gatewayFor(issuer);
	expect((await ask(await sign({ models: "a qwen-*" }), { model: "qwen-3" })).status).toBe(200);
	expect((await ask(await sign({}), { model: "qwen-3" })).status).toBe(403);
});

test.each(["RS256", "PS256", "ES384", "EdDSA"])("takes %s", async (alg) => {
	const issuer = await startIssuer();
	const sign = await issuer.rotate(alg);
	const { ask } = await gatewayFor(issuer);
	expect((await ask(await sign(claims), { model: "qwen-3" })).status).toBe(200);
});

describe("refuses", () => {
	test.each<[string, (sign: Awaited<ReturnType<Issuer["rotate"]>>, issuer: Issuer) => Promise<string>, string]>([
		["one for another audience", (sign) => sign({ aud: "elsewhere" }), "invalid_api_key"],
		["one of another issuer", (sign) => sign({}, "http://127.0.0.1:1"), "invalid_api_key"],
		["one that has expired", (sign) => sign({ exp: seconds() - 60 }), "expired_api_key"],
		["one that never expires", (sign) => sign({ exp: undefined as never }), "invalid_api_key"],
		["one that begins later", (sign) => sign({ nbf: seconds() + 600 }), "invalid_api_key"],
		["one that was changed", async (sign) => `${(await sign({})).slice(0, -4)}AAAA`, "invalid_api_key"],
		["one without a signature", async () => unsigned({ alg: "none" }, "http://127.0.0.1:1"), "invalid_api_key"],
		[
			"one signed with a secret",
			async (_sign, { url }) =>
				new SignJWT({ iss: url, aud: audience, exp: seconds() + 600 })
					.setProtectedHeader({ alg: "HS256" })
					.sign(Buffer.from("the issuer's public key, say, which everybody has")),
			"invalid_api_key",
		],
		[
			"one signed with a key that the issuer has not",
			async (_sign, { url }) => {
				const { privateKey } = await generateKeyPair("ES256");
				const payload = { iss: url, aud: audience, exp: seconds() + 600 };
				return new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid: "another" }).sign(privateKey);
			},
			"invalid_api_key",
		],
	])("%s", async (_name, make, code) => {
		const issuer = await startIssuer();
		const sign = await issuer.rotate();
		const { host, ask } = await gatewayFor(issuer);
		const token = await make(sign, issuer);
		const response = await ask(token);
		expect(response.headers.get("www-authenticate")).toBe("Bearer");
		const error = await errorOf(response);
		expect([response.status, error.code]).toEqual([401, code]);
		expect(error.message).not.toContain(token);
		expect(host.received).toEqual([]);
	});

	test("whoever brings nothing", async () => {
		const issuer = await startIssuer();
		const { gateway } = await gatewayFor(issuer);
		expect((await postChat(gateway.baseUrl, hello)).status).toBe(401);
		expect(issuer.asked).toEqual([]);
	});
});

function unsigned(header: object, iss: string): string {
	const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
	return `${part(header)}.${part({ iss, aud: audience, exp: seconds() + 600 })}.`;
}

describe("the issuer's keys", () => {
	async function checkFor(issuer: Issuer, times = {}) {
		const { auth } = await settingsFrom(configOf(issuer, "http://127.0.0.1:1"));
		return createTokenCheck(auth as NonNullable<typeof auth>, times);
	}
	const fetched = (issuer: Issuer) => issuer.asked.filter((url) => url === "/keys").length;

	test("are fetched once for many tokens, and anew for one that is signed with a new key", async () => {
		const issuer = await startIssuer();
		const first = await issuer.rotate();
		const { check } = await checkFor(issuer, { keysCooldownMs: 0 });
		await Promise.all(["a", "b", "c"].map(async (sub) => check(await first({ sub }))));
		expect(fetched(issuer)).toBe(1);
		const second = await issuer.rotate();
		await check(await second({}));
		expect(fetched(issuer)).toBe(2);
		await expect(check(await first({ sub: "d" }))).rejects.toMatchObject({ status: 401 });
	});

	test("are not fetched for each token with a key that isn't among them", async () => {
		const issuer = await startIssuer();
		await (await issuer.rotate())({});
		const { check } = await checkFor(issuer);
		const stranger = await issuer.rotate();
		const known = await issuer.rotate();
		await check(await known({}));
		for (const sub of ["a", "b", "c"])
			await expect(check(await stranger({ sub }))).rejects.toMatchObject({ status: 401 });
		expect(fetched(issuer)).toBe(1);
	});

	test("a token that was checked is taken again, until its own end", async () => {
		const issuer = await startIssuer();
		const sign = await issuer.rotate();
		const { check } = await checkFor(issuer);
		const token = await sign({});
		expect(await check(token)).toBe(await check(token));
		const short = await sign({ exp: seconds() - 10 });
		expect(await check(short)).not.toBe(await check(short));
	});

	test("that can't be had are a 503, and tokens work when they can again", async () => {
		const issuer = await startIssuer();
		const sign = await issuer.rotate();
		const { check } = await checkFor(issuer);
		issuer.fails = true;
		const token = await sign({});
		await expect(check(token)).rejects.toMatchObject({ status: 503, code: "identity_provider_unavailable" });
		issuer.fails = false;
		await expect.poll(() => check(token).then(() => "taken"), { timeout: 5_000, interval: 200 }).toBe("taken");
	});

	test("are not taken from a discovery document of another issuer", async () => {
		const issuer = await startIssuer();
		const sign = await issuer.rotate();
		issuer.discovery = { issuer: "https://other.example" };
		const { check } = await checkFor(issuer);
		await expect(check(await sign({}))).rejects.toMatchObject({ status: 503 });
	});
});

test("a key and a token work side by side", async () => {
	const issuer = await startIssuer();
	const sign = await issuer.rotate();
	const { gateway, ask } = await gatewayFor(issuer);
	const { secret } = await addKey(gateway);
	expect((await ask(secret)).status).toBe(200);
	expect((await ask(await sign(claims), { model: "qwen-3" })).status).toBe(200);
	expect((await ask("llmw-wrong")).status).toBe(401);
});

test("a gateway with workers takes tokens as its configuration file says", async () => {
	const issuer = await startIssuer();
	const sign = await issuer.rotate();
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const { url } = await serveConfig(configOf(issuer, host.url));
	const ask = (headers: Record<string, string>) => postChat(`${url}/v1`, { ...hello, model: "qwen-3" }, headers);
	expect((await ask({ authorization: `Bearer ${await sign(claims)}` })).status).toBe(200);
	expect((await ask({})).status).toBe(401);
});

async function serveConfig(text: string) {
	const llmw = runLlmw(["--bindport", "0", "--workers", "1", "--config", temporaryFile("llmw.yaml", text)]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { url };
}

test.each<[string, RegExp]>([
	["auth: { issuer: https://i.example }", /auth.*must have an issuer and an audience|auth.*audience/],
	[
		"auth: { issuer: http://i.example, audience: a }",
		/auth\.issuer: must be an https URL; http will do on this machine/,
	],
	["auth: { issuer: https://u:p@i.example, audience: a }", /auth\.issuer: must be an https URL/],
	["auth: { issuer: https://i.example, audience: a, jwksUrl: 'keys' }", /auth\.jwksUrl: must be an https URL/],
	["auth: { issuer: https://i.example, audience: a, claims: { teem: x } }", /teem/],
	["adminKey: written-out-in-the-file", /adminKey: is a secret and must not stand in the file/],
])("in a file, %s is wrong", async (text, message) => {
	expect((await problemsIn(text)).join("\n")).toMatch(message);
});

test.each([
	["eyJhbGciOiJFUzI1NiJ9.e30.c2ln", true],
	["eyJhbGciOiJFUzI1NiJ9.e30", false],
	["llmw-a.b.c", false],
])("%s looks like a token: %s", (credential, expected) => {
	expect(isToken(credential)).toBe(expected);
});
