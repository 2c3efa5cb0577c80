/** Signs requests to Bedrock with the credentials that AWS's library finds. */
import type { AwsSettings, UpstreamSettings } from "../../settings/routes.js";
import type { Signer } from "../provider.js";
import { type AwsCredentials, signatureV4 } from "../signatureV4.js";

/** @param service as AWS's signatures name it */
export function awsSigner({ url, aws = {} }: UpstreamSettings, service: string): Signer {
	const region = aws.region ?? regionIn(url) ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
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
	return /^https?:\/\/(?:[a-z0-9-]+\.)?bedrock[a-z-]*\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com|api\.aws)/.exec(
		url,
	)?.[1];
}

/**
 * From the environment, shared files, web identity, a container or the machine. The library is loaded only here; it keeps them,
 * and fetches others some minutes before they expire.
 */
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
