/** Azure: OpenAI's models (v1, and deployments with `api-version`), and Foundry's, among them Anthropic's. */
import { readFile } from "node:fs/promises";
import { anthropicMessages, anthropicTokenCounts } from "../dialects/anthropicMessages/index.js";
import { openaiRealtime } from "../dialects/openaiRealtime/index.js";
import { modelSegment } from "../dialects/pathSegment.js";
import type { EntraSettings } from "../settings/routes.js";
import type { Token } from "./expiringToken.js";
import { openai } from "./openai.js";
import { fromRoot, type Provider } from "./provider.js";
import { type Issuers, tokenFrom } from "./tokenEndpoint.js";

const anthropicDialects: readonly unknown[] = [anthropicMessages, anthropicTokenCounts];
/** Operations that each deployment has for itself. */
const ofDeployment = /^\/(?:chat\/completions|completions|embeddings|audio\/|images\/)/;
const usualAuthority = "https://login.microsoftonline.com";
const usualScope = "https://cognitiveservices.azure.com/.default";

export const azure: Provider = {
	...openai,
	name: "azure",
	priceList: "azure",
	path(request) {
		const { basePath, dialect, model } = request;
		const path = dialect === anthropicMessages && request.isTranslated ? "/messages" : openai.path(request);
		if (anthropicDialects.includes(dialect))
			return basePath.startsWith("/anthropic") ? path : `${fromRoot}/anthropic/v1${path}`;
		// Before v1 the deployment stands where the model does elsewhere.
		if (dialect === openaiRealtime && basePath.endsWith("/openai"))
			return path.replace(/(?<=[?&])model=/, "deployment=");
		const isClassic = basePath.endsWith("/openai") && model !== undefined && ofDeployment.test(path);
		return isClassic ? `/deployments/${modelSegment(model)}${path}` : path;
	},
	authorize: (key) => [["api-key", key]],
	// Anthropic's models want one; others don't mind.
	headers: [["anthropic-version", "2023-06-01"]],
	fetchToken: ({ key, entra }, issuers) =>
		key !== undefined || entra === undefined ? undefined : () => entraToken(entra, issuers),
};

/** Client credentials (RFC 6749 §4.4): a secret, or an assertion in a file that is written anew before it expires (workload identity). */
async function entraToken(entra: EntraSettings, issuers: Issuers): Promise<Token> {
	const { tenant, clientId, clientSecret, tokenFile, authority = usualAuthority, scope = usualScope } = entra;
	const proof =
		tokenFile === undefined
			? { client_secret: clientSecret ?? "" }
			: {
					client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
					client_assertion: (await readFile(tokenFile, "utf8")).trim(),
				};
	const url = `${authority.replace(/\/$/, "")}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
	return tokenFrom(url, { grant_type: "client_credentials", client_id: clientId, scope, ...proof }, issuers);
}
