/** AWS credentials from each of their sources, which stand here on loopback: found, kept, and fetched anew ahead of their end. */

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { awsSigner, regionIn } from "../../src/providers/bedrock/credentials.js";
import { startAiHost } from "../kit/aiHost.js";
import { event, framed } from "../kit/bedrock.js";
import { temporaryFolder } from "../kit/gateway.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";

beforeEach(() => {
	for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
	const folder = temporaryFolder();
	vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
	vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "credentials"));
	vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
	vi.stubEnv("HOME", folder);
});
afterEach(() => vi.unstubAllEnvs());

const settings = upstream("aws", "http://127.0.0.1:1", { provider: "bedrock", aws: { region: "eu-west-1" } });

async function signed(profile?: string) {
	const aws = { region: "eu-west-1", ...(profile === undefined ? {} : { profile }) };
	const headers = await awsSigner({ ...settings, aws }, "bedrock").headersFor({
		method: "GET",
		url: new URL("http://127.0.0.1:1/"),
		body: [],
	});
	const { authorization, "x-amz-security-token": token } = Object.fromEntries(headers);
	return { id: /Credential=(\w+)\//.exec(authorization ?? "")?.[1], token };
}

/** @returns its URL, and the paths that were asked for */
async function sourceOf(answer: (request: IncomingMessage, response: ServerResponse) => void) {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		request.resume().on("end", () => answer(request, response));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+/, "");
const found = (id: string, minutes: number) => ({
	Code: "Success",
	AccessKeyId: id,
	SecretAccessKey: "secret",
	Token: `token of ${id}`,
	Expiration: inMinutes(minutes),
});

describe("sources", () => {
	test("the environment", async () => {
		vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDENV");
		vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
		vi.stubEnv("AWS_SESSION_TOKEN", "session");
		expect(await signed()).toEqual({ id: "AKIDENV", token: "session" });
	});

	test("shared files, and a profile of them over the environment", async () => {
		const text = ["default", "team"].map(
			(name) => `[${name}]\naws_access_key_id = AKID${name.toUpperCase()}\naws_secret_access_key = secret\n`,
		);
		writeFileSync(process.env.AWS_SHARED_CREDENTIALS_FILE ?? "", text.join("\n"));
		expect(await signed()).toEqual({ id: "AKIDDEFAULT", token: undefined });
		vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDENV");
		vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
		expect(await signed("team")).toEqual({ id: "AKIDTEAM", token: undefined });
	});

	test("web identity", async () => {
		const sts = await sourceOf((_request, response) => {
			const { AccessKeyId, SecretAccessKey, Token, Expiration } = found("AKIDWEB", 60);
			response.writeHead(200, { "content-type": "text/xml" });
			response.end(
				`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${AccessKeyId}</AccessKeyId><SecretAccessKey>${SecretAccessKey}</SecretAccessKey><SessionToken>${Token}</SessionToken><Expiration>${Expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
			);
		});
		const token = join(temporaryFolder(), "token");
		writeFileSync(token, "an identity");
		vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", token);
		vi.stubEnv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/gateway");
		vi.stubEnv("AWS_REGION", "eu-west-1");
		vi.stubEnv("AWS_ENDPOINT_URL_STS", sts.url);
		expect(await signed()).toEqual({ id: "AKIDWEB", token: "token of AKIDWEB" });
		expect(sts.asked).toEqual(["POST /"]);
	});

	test("a container", async () => {
		const container = await sourceOf((_request, response) => response.end(JSON.stringify(found("AKIDPOD", 60))));
		vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${container.url}/creds`);
		expect(await signed()).toEqual({ id: "AKIDPOD", token: "token of AKIDPOD" });
		expect(container.asked).toEqual(["GET /creds"]);
	});

	test("the machine's metadata service", async () => {
		const machine = await sourceOf(({ url = "" }, response) => {
			if (url.endsWith("/api/token")) response.end("a session");
			else response.end(url.endsWith("/gateway") ? JSON.stringify(found("AKIDEC2", 60)) : "gateway");
		});
		vi.stubEnv("AWS_EC2_METADATA_DISABLED", undefined);
		vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", machine.url);
		expect(await signed()).toEqual({ id: "AKIDEC2", token: "token of AKIDEC2" });
		expect(machine.asked[0]).toBe("PUT /latest/api/token");
	});
});

test("credentials are kept for all requests, and fetched anew before they end", async () => {
	let minutes = 60;
	let count = 0;
	const container = await sourceOf((_request, response) => {
		count += 1;
		response.end(JSON.stringify(found(`AKID${count}`, minutes)));
	});
	vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${container.url}/creds`);
	const signer = awsSigner(settings, "bedrock");
	const request = { method: "GET", url: new URL("http://127.0.0.1:1/"), body: [] };
	const idOf = async () =>
		/Credential=(\w+)\//.exec(Object.fromEntries(await signer.headersFor(request)).authorization ?? "")?.[1];
	expect(await Promise.all([idOf(), idOf(), idOf()])).toEqual(["AKID1", "AKID1", "AKID1"]);
	expect(await idOf()).toBe("AKID1");
	expect(count).toBe(1);
	// Those that have less than five minutes left are replaced, though they are still good.
	minutes = 3;
	const late = awsSigner(settings, "bedrock");
	await late.headersFor(request);
	await late.headersFor(request);
	await vi.waitFor(() => expect(count).toBeGreaterThan(2));
});

describe("what can't be had", () => {
	const ended = [
		event("messageStart", { role: "assistant" }),
		event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi" } }),
		event("messageStop", { stopReason: "end_turn" }),
		event("metadata", { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } }),
	];

	async function answered(aws: object): Promise<{ status: number; text: string; asked: number; printed: string }> {
		const host = await startAiHost(framed(ended));
		onTestFinished(() => host.close());
		const gateway = await gatewayWith({
			upstreams: [upstream("aws", host.url, { provider: "bedrock", aws })],
			routes: [route(["aws"], { models: ["*"] })],
		});
		const body = { model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }] };
		const response = await fetch(`${gateway.url}/v1/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		return { status: response.status, text, asked: host.received.length, printed: gateway.printed.join("\n") };
	}

	test("is the gateway's failure, which only its operator is told more of", async () => {
		const { status, text, asked, printed } = await answered({ region: "eu-west-1" });
		expect([status, asked]).toEqual([502, 0]);
		expect(JSON.parse(text)).toMatchObject({ error: { code: "upstream_credential" } });
		expect(text).not.toMatch(/provider|profile|AWS/i);
		expect(printed).toMatch(/credential/i);
	});

	test("also where the region is not known", async () => {
		const { status, printed } = await answered({});
		expect(status).toBe(502);
		expect(printed).toContain("`aws.region` says it");
	});

	test("and where AWS's library is not installed, it says what to install", async () => {
		vi.doMock("@aws-sdk/credential-provider-node", () => {
			throw new Error("Cannot find package");
		});
		onTestFinished(() => void vi.doUnmock("@aws-sdk/credential-provider-node"));
		await expect(signed()).rejects.toThrow("install @aws-sdk/credential-provider-node beside llmgw");
	});
});

test.each([
	["https://bedrock-runtime.us-east-1.amazonaws.com:443", "us-east-1"],
	["https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com:443", "us-gov-west-1"],
	["https://bedrock-mantle.us-east-2.api.aws:443/v1", "us-east-2"],
	["https://vpce-0a1b-2c3d.bedrock-runtime.eu-central-1.vpce.amazonaws.com:443", "eu-central-1"],
	["https://bedrock-runtime.cn-north-1.amazonaws.com.cn:443", "cn-north-1"],
	["http://127.0.0.1:8080", undefined],
])("the region of %s is %s", (url, region) => {
	expect(regionIn(url)).toBe(region);
});
