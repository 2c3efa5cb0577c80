/** Reads whose tokens are taken for keys. */
import type { AuthSettings } from "../authSettings.js";
import type { Schemas } from "./configSchema.js";
import type { Reader } from "./reader.js";

/** Undefined if the file has none, or a wrong one, which is reported. */
export function readAuth(given: Partial<Schemas["AuthConfig"]> | undefined, reader: Reader): AuthSettings | undefined {
	if (given === undefined) return undefined;
	const { issuer, audience, jwksUrl, claims = {} } = given;
	if (issuer === undefined || audience === undefined) return undefined;
	const read = (member: string, url: string) => reader.attempt(["auth", member], () => trustedUrl(url));
	const { owner, team, organisation, models, limits, budget, priority } = claims;
	return {
		issuer: read("issuer", issuer) ?? "",
		audience: [audience].flat(),
		jwksUrl: jwksUrl === undefined ? undefined : read("jwksUrl", jwksUrl),
		claims: { owner, team, organisation, models, limits, budget, priority },
	};
}

/** Whoever can change what comes from there can make tokens. */
function trustedUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isHere = url !== undefined && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
	if (!url || url.username || url.password || (url.protocol !== "https:" && !(url.protocol === "http:" && isHere)))
		throw new Error("must be an https URL; http will do on this machine only");
	return text;
}
