/** Access tokens for what Google's files of credentials hold, each kind in its own way. */
import { isObject } from "../../json/isObject.js";
import type { Token } from "../expiringToken.js";
import { type Issuers, jsonFrom, tokenFrom } from "../tokenEndpoint.js";
import { type CredentialSource, subjectToken } from "./subjectToken.js";

export type Credentials = Readonly<Record<string, unknown>> & { readonly type: string };

const scope = "https://www.googleapis.com/auth/cloud-platform";
const usualEndpoint = "https://oauth2.googleapis.com/token";
const assertionSeconds = 3600;

type TokenOfKind = (credentials: Credentials, issuers: Issuers) => Promise<Token>;

const kinds: Readonly<Record<string, TokenOfKind>> = {
	service_account: serviceAccount,
	authorized_user: authorizedUser,
	external_account: externalAccount,
	impersonated_service_account: impersonated,
};

/** @throws Error for credentials that lack something, or are refused */
export async function tokenOf(credentials: Credentials, issuers: Issuers): Promise<Token> {
	const kind = Object.hasOwn(kinds, credentials.type) ? kinds[credentials.type] : undefined;
	if (kind === undefined) throw new Error(`credentials of the type ${credentials.type} are not supported`);
	const token = await kind(credentials, issuers);
	const { quota_project_id: project } = credentials;
	// Whom a user's requests are charged to, or counted against.
	return typeof project === "string" ? { ...token, headers: [["x-goog-user-project", project]] } : token;
}

/** RFC 7523 §2.1: an assertion, signed with the account's key. */
async function serviceAccount(credentials: Credentials, issuers: Issuers): Promise<Token> {
	const { importPKCS8, SignJWT } = await import("jose");
	const account = text(credentials, "client_email");
	const endpoint = text(credentials, "token_uri", usualEndpoint);
	const key = await importPKCS8(text(credentials, "private_key"), "RS256").catch(() => {
		throw new Error("the `private_key` of the service account is no PKCS #8 key in PEM");
	});
	const { private_key_id: kid } = credentials;
	const seconds = Math.floor(Date.now() / 1000);
	const assertion = await new SignJWT({ scope })
		.setProtectedHeader({ alg: "RS256", typ: "JWT", ...(typeof kid === "string" ? { kid } : {}) })
		.setIssuer(account)
		.setSubject(account)
		.setAudience(endpoint)
		.setIssuedAt(seconds)
		.setExpirationTime(seconds + assertionSeconds)
		.sign(key);
	return tokenFrom(endpoint, { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }, issuers);
}

/** RFC 6749 §6, for somebody who has logged in with gcloud. */
function authorizedUser(credentials: Credentials, issuers: Issuers): Promise<Token> {
	const form = {
		grant_type: "refresh_token",
		client_id: text(credentials, "client_id"),
		client_secret: text(credentials, "client_secret"),
		refresh_token: text(credentials, "refresh_token"),
	};
	return tokenFrom(text(credentials, "token_uri", usualEndpoint), form, issuers);
}

/** Workload identity federation: another issuer's token in exchange (RFC 8693). */
async function externalAccount(credentials: Credentials, issuers: Issuers): Promise<Token> {
	const { credential_source: source, workforce_pool_user_project: userProject } = credentials;
	if (!isObject(source)) throw lacks("credential_source");
	const form = {
		grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
		audience: text(credentials, "audience"),
		scope,
		requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
		subject_token_type: text(credentials, "subject_token_type"),
		subject_token: await subjectToken(source as CredentialSource, issuers),
		...(typeof userProject === "string" ? { options: JSON.stringify({ userProject }) } : {}),
	};
	const endpoint = text(credentials, "token_url", "https://sts.googleapis.com/v1/token");
	const token = await tokenFrom(endpoint, form, issuers, clientOf(credentials));
	const { service_account_impersonation_url: url } = credentials;
	return typeof url === "string" ? impersonate(url, token, credentials, issuers) : token;
}

async function impersonated(credentials: Credentials, issuers: Issuers): Promise<Token> {
	const { source_credentials: source } = credentials;
	if (!isObject(source) || typeof source.type !== "string") throw lacks("source_credentials");
	const url = text(credentials, "service_account_impersonation_url");
	return impersonate(url, await tokenOf(source as Credentials, issuers), credentials, issuers);
}

/** `generateAccessToken` of Google's IAM: a service account's token, for one who may have it. */
async function impersonate(url: string, own: Token, credentials: Credentials, issuers: Issuers): Promise<Token> {
	const { delegates, service_account_impersonation: options } = credentials;
	const seconds = isObject(options) ? Number(options.token_lifetime_seconds) : Number.NaN;
	const body = {
		scope: [scope],
		lifetime: `${Number.isInteger(seconds) && seconds > 0 ? seconds : 3600}s`,
		...(Array.isArray(delegates) ? { delegates } : {}),
	};
	const answer = await jsonFrom({
		url,
		method: "POST",
		headers: { authorization: `Bearer ${own.value}`, "content-type": "application/json" },
		body: JSON.stringify(body),
		issuers,
	});
	const { accessToken: value, expireTime: end } = answer;
	const expiresAtMs = Date.parse(String(end));
	if (typeof value !== "string" || Number.isNaN(expiresAtMs)) throw new Error(`${url} answered without a token`);
	return { value, expiresAtMs };
}

/** Where the exchange wants to know who asks. */
function clientOf({ client_id: id, client_secret: secret }: Credentials): Record<string, string> | undefined {
	if (typeof id !== "string" || typeof secret !== "string") return undefined;
	return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` };
}

function text(credentials: Credentials, name: string, otherwise?: string): string {
	const value = credentials[name] ?? otherwise;
	if (typeof value === "string" && value !== "") return value;
	throw lacks(name);
}

function lacks(name: string): Error {
	return new Error(`the credentials lack \`${name}\``);
}
