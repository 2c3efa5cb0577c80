/** Signature Version 4, as AWS's own test suite and AWS's own library have it. */
import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, test } from "vitest";
import { type AwsCredentials, signatureV4 } from "../../src/providers/signatureV4.js";
import { vectors } from "./signatureV4Vectors.js";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const date = new Date("2015-08-30T12:36:00Z");
const signing = { region: "us-east-1", service: "service", date };

describe("AWS's test suite", () => {
	test.each(vectors)("$name", ({ method, path, headers = [], body = "", token, signature }) => {
		const identity: AwsCredentials = token === undefined ? credentials : { ...credentials, sessionToken: token };
		const url = new URL(`https://example.amazonaws.com${path}`);
		const signed = signatureV4(
			{ method, url, body: [Buffer.from(body)] },
			{ ...signing, credentials: identity, headers },
		);
		const own = token === undefined ? ["host", "x-amz-date"] : ["host", "x-amz-date", "x-amz-security-token"];
		const names = [...new Set([...own, ...headers.map(([name]) => name.toLowerCase())])].sort().join(";");
		expect(Object.fromEntries(signed)).toEqual({
			"x-amz-date": "20150830T123600Z",
			...(token === undefined ? {} : { "x-amz-security-token": token }),
			authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
		});
	});
});

class Sha256 {
	readonly #hash;
	constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
		this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Buffer);
	}
	update(data: Uint8Array | string): void {
		this.#hash.update(data);
	}
	digest(): Promise<Uint8Array> {
		return Promise.resolve(this.#hash.digest());
	}
}

test.each([
	["/model/us.amazon.nova-2-lite-v1%3A0/converse-stream", undefined],
	["/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx/converse", "a session/token=="],
	["/openai/v1/models?b=2&a=%20~*", undefined],
	["/example%20space/%E1%88%B4", undefined],
	["/model/a!'()*b/invoke", undefined],
	["/x?plus=%2B&slash=%2F&empty=&utf=%E1%88%B4&eq=a%3Db", "token"],
])("%s is signed as AWS's own library does it", async (path, sessionToken) => {
	const url = new URL(path, "https://bedrock-runtime.us-east-1.amazonaws.com:443");
	const body = Buffer.from('{"messages":[]}');
	const identity = sessionToken === undefined ? credentials : { ...credentials, sessionToken };
	const signer = new SignatureV4({
		credentials: identity,
		region: "us-east-1",
		service: "bedrock",
		sha256: Sha256 as never,
		applyChecksum: false,
	});
	const theirs = await signer.sign(
		{
			method: "POST",
			protocol: "https:",
			hostname: url.hostname,
			path: url.pathname,
			query: Object.fromEntries(url.searchParams),
			headers: { host: url.host },
			body,
		},
		{ signingDate: date },
	);
	const ours = signatureV4(
		{ method: "POST", url, body: [body.subarray(0, 3), body.subarray(3)] },
		{ ...signing, credentials: identity, service: "bedrock" },
	);
	expect(Object.fromEntries(ours).authorization).toBe(theirs.headers.authorization);
});
