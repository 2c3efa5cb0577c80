/** Tokens of an identity provider (JWT, RFC 7519) as callers. Loaded only where the configuration names an issuer. */
import { createHash } from "node:crypto";
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { GatewayError } from "../errors/gatewayError.js";
import type { AuthSettings } from "../settings/authSettings.js";
import { budgetNames, type KeyBudget, type KeyLimits, limitNames } from "../settings/limitSettings.js";
import { type Caller, type CallerDescription, callerOf } from "./caller.js";
import { hashOf } from "./secret.js";

/** Asymmetric ones only: with a symmetric one, whoever checks tokens could make them. */
const algorithms = [
	"RS256",
	"RS384",
	"RS512",
	"PS256",
	"PS384",
	"PS512",
	"ES256",
	"ES384",
	"ES512",
	"EdDSA",
	"Ed25519",
];
const keyLimitNames: readonly string[] = limitNames.map(([, name]) => name);
const keyBudgetNames: readonly string[] = budgetNames.map(([, name]) => name);
/** Clocks differ. */
const toleranceSeconds = 30;
/** The issuer is asked for its keys again after this time, and for one that isn't among them no more often than this. */
const keysMaxAgeMs = 600_000;
const keysCooldownMs = 30_000;
const timeoutMs = 5_000;
/** A token that was checked is taken for good this long, within its own time. */
const checkedForMs = 60_000;
const mostChecked = 10_000;
/** After a discovery that failed. */
const restMs = 2_000;

export interface TokenTimes {
	keysCooldownMs?: number;
	checkedForMs?: number;
}

export interface TokenCheck {
	isToken(credential: string): boolean;
	/** @throws GatewayError 401 with what is wrong with the token, 503 when the issuer's keys can't be had */
	check(token: string): Promise<Caller>;
}

/** Whether a credential has the form of a token: three parts, of which the first is a JSON object. */
export function isToken(credential: string): boolean {
	return credential.startsWith("eyJ") && credential.split(".", 4).length === 3;
}

export function createTokenCheck(settings: AuthSettings, times: TokenTimes = {}): TokenCheck {
	const { issuer, audience } = settings;
	const keys = issuerKeys(settings, times.keysCooldownMs ?? keysCooldownMs);
	const known = new Map<string, { caller: Caller; until: number }>();

	async function verify(token: string): Promise<{ caller: Caller; until: number }> {
		const { payload } = await jwtVerify(token, await keys(), {
			issuer,
			audience: [...audience],
			algorithms,
			clockTolerance: toleranceSeconds,
			requiredClaims: ["exp"],
		});
		const until = Math.min(Date.now() + (times.checkedForMs ?? checkedForMs), (payload.exp ?? 0) * 1000);
		return { caller: callerOfClaims(payload, settings), until };
	}

	return {
		isToken,
		async check(token) {
			const hash = hashOf(token);
			const found = known.get(hash);
			if (found && Date.now() < found.until) return found.caller;
			try {
				const checked = await verify(token);
				if (known.size >= mostChecked) known.clear();
				known.set(hash, checked);
				return checked.caller;
			} catch (error) {
				throw refusalOf(error);
			}
		},
	};
}

/** The issuer's keys, found by its discovery document if no URL is given (OpenID Connect Discovery 1.0 §4). */
function issuerKeys({ issuer, jwksUrl }: AuthSettings, cooldownDuration: number): () => Promise<JWTVerifyGetKey> {
	const options = { cooldownDuration, cacheMaxAge: keysMaxAgeMs, timeoutDuration: timeoutMs };
	let found: Promise<JWTVerifyGetKey> | undefined;
	return () => {
		found ??= (jwksUrl === undefined ? discover(issuer) : Promise.resolve(jwksUrl)).then(
			(url) => createRemoteJWKSet(new URL(url), options),
			(error: unknown) => {
				setTimeout(() => {
					found = undefined;
				}, restMs).unref();
				throw error;
			},
		);
		return found;
	};
}

async function discover(issuer: string): Promise<string> {
	const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
	const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
	if (!response.ok) throw new Error(`${url} answered ${response.status}`);
	const { issuer: named, jwks_uri } = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
	if (named !== issuer) throw new Error(`${url} is of another issuer`);
	if (typeof jwks_uri !== "string") throw new Error(`${url} has no jwks_uri`);
	return jwks_uri;
}

function callerOfClaims(payload: JWTPayload, { issuer, claims }: AuthSettings): Caller {
	const text = (path: string | undefined) => {
		const value = path === undefined ? undefined : claimAt(payload, path);
		return typeof value === "string" && value !== "" ? value : undefined;
	};
	const subject = payload.sub ?? "";
	const owner = text(claims.owner);
	const id = createHash("sha256").update(`${issuer}\n${subject}`).digest("hex").slice(0, 24);
	const identity: CallerDescription = {
		id: `token_${id}`,
		name: owner ?? (subject || "token"),
		owner,
		team: text(claims.team),
		organisation: text(claims.organisation),
		metadata: {},
		models: claims.models === undefined ? undefined : patternsOf(claimAt(payload, claims.models)),
		routes: undefined,
		addresses: undefined,
		limits: numbersOf<KeyLimits>(payload, claims.limits, keyLimitNames),
		budget: numbersOf<KeyBudget>(payload, claims.budget, keyBudgetNames),
		priority: priorityOf(payload, claims.priority),
		permissions: undefined,
	};
	return { ...callerOf(identity), identity };
}

/** A list, or a text with spaces between. A token that should say what it may use and doesn't may use nothing. */
function patternsOf(value: unknown): string[] {
	if (typeof value === "string") return value.split(/\s+/).filter((pattern) => pattern !== "");
	return Array.isArray(value) ? value.filter((pattern): pattern is string => typeof pattern === "string") : [];
}

/**
 * An object of numbers above 0, of which null is none.
 *
 * @throws JWTClaimValidationFailed if it is anything else: a limit that can't be read must not be no limit
 */
function numbersOf<Numbers>(
	payload: JWTPayload,
	path: string | undefined,
	names: readonly string[],
): Numbers | undefined {
	const value = path === undefined ? undefined : claimAt(payload, path);
	if (value === undefined || value === null) return undefined;
	const members = Object.entries(value).filter(([, number]) => number !== null);
	const isGood = members.every(([name, number]) => names.includes(name) && isLimit(number));
	if (typeof value !== "object" || Array.isArray(value) || !isGood) throw unfit(payload, path);
	return Object.fromEntries(members) as Numbers;
}

function isLimit(value: unknown): boolean {
	return typeof value === "number" && value > 0 && value <= 1e12;
}

function priorityOf(payload: JWTPayload, path: string | undefined): number | undefined {
	const value = path === undefined ? undefined : claimAt(payload, path);
	if (value === undefined || value === null) return undefined;
	if (!Number.isInteger(value) || Math.abs(value as number) > 100) throw unfit(payload, path);
	return value as number;
}

function unfit(payload: JWTPayload, claim = ""): Error {
	return new errors.JWTClaimValidationFailed("is not what it should be", payload, claim, "check_failed");
}

/** The claim of that name, or the member of members that dots lead to: `realm_access.team`. */
function claimAt(payload: JWTPayload, path: string): unknown {
	if (Object.hasOwn(payload, path)) return payload[path];
	return path
		.split(".")
		.reduce<unknown>(
			(value, name) =>
				typeof value === "object" && value !== null && Object.hasOwn(value, name)
					? (value as Record<string, unknown>)[name]
					: undefined,
			payload,
		);
}

function refusalOf(error: unknown): GatewayError {
	const refuse = (message: string, code = "invalid_api_key") =>
		new GatewayError(401, message, { code, headers: { "www-authenticate": "Bearer" }, cause: error });
	if (error instanceof errors.JWTExpired) return refuse("The token has expired.", "expired_api_key");
	if (error instanceof errors.JWTClaimValidationFailed)
		return refuse(`The token's '${error.claim}' is not what this gateway expects.`);
	if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
		return refuse("The token is signed in a way that this gateway does not take.");
	if (error instanceof errors.JWKSNoMatchingKey)
		return refuse("The token is signed with a key that its issuer doesn't have.");
	if (
		error instanceof errors.JWSSignatureVerificationFailed ||
		error instanceof errors.JWTInvalid ||
		error instanceof errors.JWSInvalid
	)
		return refuse("The token is not valid.");
	return new GatewayError(503, "The identity provider's keys can't be read, so that tokens can't be checked.", {
		code: "identity_provider_unavailable",
		headers: { "retry-after": "5" },
		cause: error,
	});
}
