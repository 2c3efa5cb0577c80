/** Bedrock's models: foundation models and inference profiles, which another host of AWS lists. */
import { describe, expect, onTestFinished, test } from "vitest";
import { checkLive } from "../../src/cli/commands/checkLive.js";
import { bedrockListing } from "../../src/providers/bedrock/models.js";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { refusing } from "../kit/bedrock.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";

const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2";
const model = (modelId: string, providerName: string, output: string, types: string[]) => ({
	modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${modelId}`,
	modelId,
	modelName: modelId.split(".")[1],
	providerName,
	inputModalities: ["TEXT"],
	outputModalities: [output],
	inferenceTypesSupported: types,
});
const lists: Readonly<Record<string, object>> = {
	"/foundation-models": {
		modelSummaries: [
			model("amazon.nova-lite-v1:0", "Amazon", "TEXT", ["ON_DEMAND", "INFERENCE_PROFILE"]),
			model("amazon.titan-embed-text-v2:0", "Amazon", "EMBEDDING", ["ON_DEMAND"]),
			model("anthropic.claude-sonnet-4-5-v1:0", "Anthropic", "TEXT", ["INFERENCE_PROFILE"]),
		],
	},
	"/inference-profiles?maxResults=1000": {
		inferenceProfileSummaries: [
			{
				inferenceProfileId: "us.anthropic.claude-sonnet-4-5-v1:0",
				inferenceProfileName: "US Claude",
				models: [{ modelArn: "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-v1:0" }],
				status: "ACTIVE",
				type: "SYSTEM_DEFINED",
			},
			{
				inferenceProfileId: "a1b2",
				inferenceProfileArn: arn,
				inferenceProfileName: "Team",
				status: "ACTIVE",
				type: "APPLICATION",
			},
			{ inferenceProfileId: "gone", status: "DELETED", type: "SYSTEM_DEFINED" },
		],
	},
};
const listing: HostAnswer = (request, response) => {
	response.writeHead(200, { "content-type": "application/json" });
	response.end(JSON.stringify(lists[request.url ?? ""] ?? {}));
};
/** Lists models alone. */
const partly: HostAnswer = (request, response, received) =>
	(request.url === "/foundation-models" ? listing : refusing(403, "AccessDeniedException", "No right"))(
		request,
		response,
		received,
	);

async function hostFor(answer: HostAnswer) {
	const host = await startAiHost(answer, { listsModels: true });
	onTestFinished(() => host.close());
	return { host, settings: upstream("aws", host.url, { provider: "bedrock", key: "k", aws: { region: "us-east-1" } }) };
}

const callable = ["amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0", "us.anthropic.claude-sonnet-4-5-v1:0", arn];

describe.each([
	["openai", {}],
	["anthropic", { "anthropic-version": "2023-06-01" }],
])("GET /v1/models as %s", (_shape, headers) => {
	test("lists those that can be asked, alone and beside another upstream's", async () => {
		const { settings } = await hostFor(listing);
		const { host: other } = await hostFor((_request, response) => {
			response.writeHead(200, { "content-type": "application/json" });
			response.end(JSON.stringify({ object: "list", data: [{ id: "local", object: "model" }] }));
		});
		const alone = await gatewayWith({ upstreams: [settings], routes: [route(["aws"], { models: ["*"] })] });
		const beside = await gatewayWith({
			upstreams: [settings, upstream("other", other.url)],
			routes: [
				route(["aws"], { name: "aws", models: ["a*", "us.*"] }),
				route(["other"], { name: "rest", models: ["*"] }),
			],
		});
		for (const [gateway, ids] of [
			[alone, callable],
			[beside, [...callable, "local"]],
		] as const) {
			const response = await fetch(`${gateway.url}/v1/models`, { headers: headers as Record<string, string> });
			const { data } = (await response.json()) as { data: { id: string }[] };
			expect(data.map(({ id }) => id).sort()).toEqual([...ids].sort());
			const one = await fetch(`${gateway.url}/v1/models/amazon.nova-lite-v1:0`, {
				headers: headers as Record<string, string>,
			});
			expect(await one.json()).toMatchObject({ id: "amazon.nova-lite-v1:0" });
			const none = await fetch(`${gateway.url}/v1/models/amazon.nothing`, {
				headers: headers as Record<string, string>,
			});
			expect(none.status).toBe(404);
		}
	});
});

describe("llmw check --live", () => {
	const output = { print: () => {}, note: () => {}, json: false };

	async function check(answer: HostAnswer): Promise<string> {
		const { settings } = await hostFor(answer);
		const printed: string[] = [];
		await checkLive({ upstreams: [settings], routes: [] }, { ...output, print: (text) => void printed.push(text) });
		return printed.join("\n");
	}

	test("tells what Bedrock speaks, and how many models it has", async () => {
		const text = await check(listing);
		expect(text).toContain("bedrock.converse, anthropic.messages, anthropic.count_tokens");
		expect(text).toContain("amazon.nova-lite-v1:0 and 3 more");
	});

	test("takes a credential without a right to one of the lists, or to both, for a good one", async () => {
		expect(await check(partly)).toContain("amazon.nova-lite-v1:0 and 1 more");
		expect(await check(refusing(403, "AccessDeniedException", "No right"))).toContain("lists none");
	});

	test("says that a credential is refused, or can't be had", async () => {
		await expect(check(refusing(403, "UnrecognizedClientException", "Invalid"))).rejects.toThrow("refuses the key");
		const { settings } = await hostFor(listing);
		const { key: _key, ...keyless } = settings;
		const signed = { ...keyless, key: undefined, aws: { region: "us-east-1", profile: "nobody's profile" } };
		await expect(checkLive({ upstreams: [signed], routes: [] }, output)).rejects.toThrow(
			/can't be shown a credential: .*credentials/,
		);
	});
});

test.each([
	["https://bedrock-runtime.us-east-1.amazonaws.com:443", "https://bedrock.us-east-1.amazonaws.com"],
	["https://bedrock-runtime-fips.us-east-1.amazonaws.com:443", "https://bedrock-fips.us-east-1.amazonaws.com"],
	["https://bedrock-runtime.us-east-1.amazonaws.com:443/anthropic/v1", "https://bedrock.us-east-1.amazonaws.com"],
	["http://10.0.0.1:8080/aws", "http://10.0.0.1:8080/aws"],
])("lists of %s are at %s", (url, base) => {
	expect(bedrockListing.urls({ url })).toEqual([
		`${base}/foundation-models`,
		`${base}/inference-profiles?maxResults=1000`,
	]);
});
