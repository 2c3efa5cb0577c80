/** AWS Bedrock: Converse, with an API key, or signed with credentials that an AWS library finds. */
import { bedrockConverse } from "../dialects/bedrockConverse/index.js";
import { modelSegment } from "../dialects/pathSegment.js";
import type { AwsSettings, UpstreamSettings } from "../settings/routes.js";
import type { Provider, Signer } from "./provider.js";
import { type AwsCredentials, signatureV4 } from "./signatureV4.js";

const service = "bedrock";

export const bedrock: Provider = {
	name: "bedrock",
	dialects: [bedrockConverse],
	path: ({ dialect, model = "", path, isStream }) =>
		dialect === bedrockConverse ? `/model/${modelSegment(model)}/converse${isStream ? "-stream" : ""}` : path,
	modelsPath: () => "/foundation-models",
	authorize: (key) => [["authorization", `Bearer ${key}`]],
	signer: (upstream) => (upstream.key === undefined ? signerOf(upstream) : undefined),
};

function signerOf({ url, aws = {} }: UpstreamSettings): Signer {
	const region = aws.region ?? regionIn(url);
	let find: Promise<() => Promise<AwsCredentials>> | undefined;
	return {
		async headersFor(request) {
			if (region === undefined) throw new Error("the region is not known: `aws.region` says it");
			find ??= credentialsOf(aws);
			find.catch(() => {
				find = undefined;
			});
			const credentials = await (await find)();
			return signatureV4(request, { credentials, region, service, date: new Date() });
		},
	};
}

export function regionIn(url: string): string | undefined {
	return /^https?:\/\/bedrock[a-z-]*\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)/.exec(url)?.[1];
}

/** From the environment, shared files, web identity, a container or the machine. The library is loaded only here; it keeps them until they expire. */
async function credentialsOf({ profile }: AwsSettings): Promise<() => Promise<AwsCredentials>> {
	const name = "@aws-sdk/credential-provider-node";
	let library: typeof import("@aws-sdk/credential-provider-node");
	try {
		library = await import(name);
	} catch (cause) {
		throw new Error(`install ${name} beside llmgw to sign requests with AWS credentials, or set a \`key\``, { cause });
	}
	return library.defaultProvider(profile === undefined ? {} : { profile });
}
