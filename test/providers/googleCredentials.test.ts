/** Access tokens for Google's APIs: each kind of credentials, against an issuer on this machine. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jwtVerify } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { vertexToken } from "../../src/providers/vertex/token.js";
import { createTokens } from "../../src/upstream/tokens/tokens.js";
import { type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { startProxy } from "../kit/proxy.js";
import { upstream } from "../kit/routing.js";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const scope = "https://www.googleapis.com/auth/cloud-platform";
const granted = { access_token: "the-token", expires_in: 3600, token_type: "Bearer" };
const secrets = ["hush", pem, pem.split("\n")[1] as string];

async function startIssuer(answer: HostAnswer = (_request, response) => sendJson(response, granted)) {
	const issuer = await startAiHost(answer);
	onTestFinished(() => issuer.close());
	const forms = () => issuer.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body.toString())));
	return { issuer, url: issuer.url, forms };
}

const serviceAccount = (url: string) => ({
	type: "service_account",
	project_id: "my-project",
	private_key_id: "key-1",
	private_key: pem,
	client_email: "gateway@my-project.iam.gserviceaccount.com",
	token_uri: `${url}/token`,
});
const user = (url: string) => ({
	type: "authorized_user",
	client_id: "gcloud",
	client_secret: "hush",
	refresh_token: "hush-refresh",
	token_uri: `${url}/token`,
});
const federated = (url: string, source: object) => ({
	type: "external_account",
	audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/k8s",
	subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
	token_url: `${url}/sts`,
	credential_source: source,
});
const none: NodeJS.ProcessEnv = { HOME: "/nowhere" };
const fetchWith = (credentials: object) => vertexToken({ credentials: JSON.stringify(credentials) }, {}, none);

test("a service account signs an assertion with its key", async () => {
	const { url, forms } = await startIssuer();
	const before = Date.now();
	const token = await fetchWith(serviceAccount(url));
	expect(token.value).toBe("the-token");
	expect(token.expiresAtMs).toBeGreaterThanOrEqual(before + 3_600_000);
	const [{ grant_type: grant, assertion = "" } = {}] = forms();
	expect(grant).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
	const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, { audience: `${url}/token` });
	expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT", kid: "key-1" });
	expect(payload).toMatchObject({ iss: "gateway@my-project.iam.gserviceaccount.com", scope });
	expect((payload.exp as number) - (payload.iat as number)).toBe(3600);
});

test("a user's login is refreshed, and its requests are the quota project's", async () => {
	const { url, forms } = await startIssuer();
	const token = await fetchWith({ ...user(url), quota_project_id: "billed" });
	expect(token).toMatchObject({ value: "the-token", headers: [["x-goog-user-project", "billed"]] });
	expect(forms()).toEqual([
		{ grant_type: "refresh_token", client_id: "gcloud", client_secret: "hush", refresh_token: "hush-refresh" },
	]);
});

describe("workload identity federation", () => {
	const file = temporaryFile("subject", "first\n");
	const sources: [name: string, source: (url: string) => object, subject: string][] = [
		["a file", () => ({ file }), "first"],
		[
			"JSON in a file",
			() => ({
				file: temporaryFile("subject.json", '{"token":"in-json"}'),
				format: { type: "json", subject_token_field_name: "token" },
			}),
			"in-json",
		],
		["an address", (url) => ({ url: `${url}/subject`, headers: { metadata: "true" } }), "from-address"],
	];

	test.each(sources)("exchanges the token in %s", async (_name, source, subject) => {
		const { issuer, url, forms } = await startIssuer((request, response) =>
			request.url === "/subject" ? response.end("from-address") : sendJson(response, granted),
		);
		expect((await fetchWith(federated(url, source(url)))).value).toBe("the-token");
		expect(issuer.received.at(-1)?.url).toBe("/sts");
		expect(forms().at(-1)).toMatchObject({
			grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
			subject_token: subject,
			subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
			requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
			scope,
		});
	});

	test("reads its file anew, and goes on to a service account's token", async () => {
		const end = new Date(Date.now() + 1_800_000);
		const { issuer, url, forms } = await startIssuer((request, response) =>
			sendJson(response, request.url === "/sts" ? granted : { accessToken: "account", expireTime: end.toISOString() }),
		);
		const credentials = {
			...federated(url, { file }),
			service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/a@b:generateAccessToken`,
			service_account_impersonation: { token_lifetime_seconds: 1800 },
		};
		expect(await fetchWith(credentials)).toEqual({ value: "account", expiresAtMs: end.getTime() });
		writeFileSync(file, "second");
		await fetchWith(credentials);
		expect(forms().map(({ subject_token: subject }) => subject)).toEqual(["first", undefined, "second", undefined]);
		const asked = issuer.received[1];
		expect(asked?.headers.authorization).toBe("Bearer the-token");
		expect(JSON.parse(asked?.body.toString() ?? "")).toEqual({ scope: [scope], lifetime: "1800s" });
	});
});

test("another account's token is had with a user's", async () => {
	const expireTime = new Date(Date.now() + 3_600_000).toISOString();
	const { issuer, url } = await startIssuer((request, response) =>
		sendJson(response, request.url === "/token" ? granted : { accessToken: "account", expireTime }),
	);
	const delegates = ["projects/-/serviceAccounts/between@b"];
	const token = await fetchWith({
		type: "impersonated_service_account",
		service_account_impersonation_url: `${url}/generate`,
		source_credentials: user(url),
		delegates,
	});
	expect(token.value).toBe("account");
	expect(JSON.parse(issuer.received[1]?.body.toString() ?? "")).toMatchObject({ delegates });
});

describe("Google's own search", () => {
	test("finds the file of GOOGLE_APPLICATION_CREDENTIALS, then gcloud's", async () => {
		const { url, forms } = await startIssuer();
		const named = temporaryFile("key.json", JSON.stringify(serviceAccount(url)));
		const folder = temporaryFolder();
		writeFileSync(join(folder, "application_default_credentials.json"), JSON.stringify(user(url)));
		await vertexToken({}, {}, { GOOGLE_APPLICATION_CREDENTIALS: named, CLOUDSDK_CONFIG: folder });
		await vertexToken({}, {}, { CLOUDSDK_CONFIG: folder });
		expect(forms().map(({ grant_type: grant }) => grant?.replace(/.*:/, ""))).toEqual(["jwt-bearer", "refresh_token"]);
	});

	test("ends at the metadata server, which has to be Google's", async () => {
		let flavor = { "metadata-flavor": "Google" } as Record<string, string>;
		const { issuer, url } = await startIssuer((_request, response) => sendJson(response, granted, 200, flavor));
		const environment = { ...none, GCE_METADATA_HOST: url.slice("http://".length) };
		expect((await vertexToken({}, {}, environment)).value).toBe("the-token");
		const [asked] = issuer.received;
		expect(asked?.url).toBe("/computeMetadata/v1/instance/service-accounts/default/token");
		expect(asked?.headers["metadata-flavor"]).toBe("Google");
		flavor = {};
		await expect(vertexToken({}, {}, environment)).rejects.toThrow(/answered with 200, and no token; set `vertex/);
	});

	test("tells what may be set where there is no metadata server", async () => {
		const { issuer, url } = await startIssuer();
		await issuer.close();
		const environment = { ...none, GCE_METADATA_HOST: url.slice("http://".length) };
		await expect(vertexToken({}, {}, environment)).rejects.toThrow(/ECONNREFUSED.*`vertex.credentials`/);
	});
});

describe("a command's token", () => {
	const printing = (text: string) => [process.execPath, "-e", `process.stdout.write(${JSON.stringify(text)})`];
	const printed: [output: string, value: string, lifeSeconds: number][] = [
		["ya29.alone\n", "ya29.alone", 300],
		['{"access_token":"a","expires_in":1200}', "a", 1200],
		['{"credential":{"access_token":"b","token_expiry":"2100-01-01T00:00:00Z"}}', "b", 1e9],
		['{"accessToken":"c","expireTime":"2100-01-01T00:00:00Z"}', "c", 1e9],
		['{"token":"d"}', "d", 300],
	];
	test.each(printed)("is what it prints: %j", async (output, value, lifeSeconds) => {
		const before = Date.now();
		const token = await vertexToken({ tokenCommand: printing(output) }, {}, none);
		expect(token.value).toBe(value);
		expect(token.expiresAtMs).toBeGreaterThanOrEqual(before + lifeSeconds * 1000);
		if (lifeSeconds < 1e9) expect(token.expiresAtMs).toBeLessThanOrEqual(Date.now() + lifeSeconds * 1000);
	});

	const failing: [name: string, command: string[], message: RegExp][] = [
		["is not there", ["/nowhere/gcloud"], /is not installed/],
		[
			"fails",
			[process.execPath, "-e", "console.error('not logged in'); process.exit(3)"],
			/failed with 3: not logged in/,
		],
		["prints no token", printing("You are\nnot logged in"), /printed no access token/],
		["prints nothing", printing(""), /printed no access token/],
	];
	test.each(failing)("is an error where it %s", async (_name, tokenCommand, message) => {
		await expect(vertexToken({ tokenCommand }, {}, none)).rejects.toThrow(message);
	});
});

describe("an error tells who refused, and no secret", () => {
	const refused: HostAnswer = (_request, response) =>
		sendJson(response, { error: "invalid_grant", error_description: "Token has been revoked" }, 400);
	const wrong: [name: string, credentials: (url: string) => object, message: RegExp][] = [
		["a login that was revoked", user, /\/token answered with 400 \(invalid_grant: Token has been revoked\)/],
		[
			"a key that is none",
			(url) => ({ ...serviceAccount(url), private_key: "hush" }),
			/`private_key` .* no PKCS #8 key/,
		],
		["a missing member", (url) => ({ ...user(url), client_secret: undefined }), /lack `client_secret`/],
		["an unknown kind", () => ({ type: "gdch_service_account" }), /type gdch_service_account are not supported/],
		["a kind named as a member of all objects", () => ({ type: "constructor" }), /not supported/],
		["a source that is a program", (url) => federated(url, { executable: {} }), /neither a file nor a URL/],
		["a file that is not there", (url) => federated(url, { file: "/nowhere/token" }), /can't read .*ENOENT/],
	];
	test.each(wrong)("%s", async (_name, credentials, message) => {
		const { url } = await startIssuer(refused);
		const error = await fetchWith(credentials(url)).catch((thrown: Error) => thrown);
		expect(String(error)).toMatch(message);
		for (const secret of secrets) expect(String(error)).not.toContain(secret);
	});

	test("an issuer that is busy is asked again", async () => {
		const { issuer, url } = await startIssuer((_request, response) =>
			issuer.received.length < 3 ? sendJson(response, {}, 503) : sendJson(response, granted),
		);
		expect((await fetchWith(user(url))).value).toBe("the-token");
	});

	test("an issuer that stays busy is an error", async () => {
		const { issuer, url } = await startIssuer((_request, response) => sendJson(response, {}, 503));
		await expect(fetchWith(user(url))).rejects.toThrow("answered with 503");
		expect(issuer.received).toHaveLength(3);
	});
});

test("a file of credentials is read anew for each token", async () => {
	const { url, forms } = await startIssuer();
	const credentialsFile = temporaryFile("key.json", JSON.stringify(user(url)));
	await vertexToken({ credentialsFile }, {}, none);
	writeFileSync(credentialsFile, JSON.stringify({ ...user(url), refresh_token: "rotated" }));
	await vertexToken({ credentialsFile }, {}, none);
	expect(forms().map(({ refresh_token: token }) => token)).toEqual(["hush-refresh", "rotated"]);
});

test("the issuer is reached through the upstream's proxy", async () => {
	const { issuer, url } = await startIssuer();
	const proxy = await startProxy(issuer);
	const settings = upstream("vertex", "http://127.0.0.1:1/v1beta1", {
		provider: "vertex",
		vertex: { credentials: JSON.stringify(user(url)) },
		proxy: { url: proxy.url, authorization: undefined, from: "proxy" },
	});
	expect(await createTokens().of(settings)?.get()).toMatchObject({ value: "the-token" });
	expect(proxy.asked.join()).toContain(new URL(url).host);
});
