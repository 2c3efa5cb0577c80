/** Gets access tokens from those who issue them: OAuth 2.0's token endpoints (RFC 6749 §5), and what answers in JSON of its own. */
import type { Agent } from "node:http";
import { isObject } from "../json/isObject.js";
import type { Token } from "./expiringToken.js";

const timeoutMs = 10_000;
/** Of a token whose life is not told. */
const usualSeconds = 3600;
/** An issuer that is busy, or out of reach, is asked again after these. */
const pausesMs = [200, 800];
const maxBytes = 256 * 1024;

/** How issuers are reached. */
export interface Issuers {
	/** Through the upstream's proxy; undefined for the direct way. */
	agentFor?(url: string): Promise<Agent>;
}

export interface IssuerRequest {
	readonly url: string;
	readonly method?: "GET" | "POST" | "PUT";
	readonly headers?: Readonly<Record<string, string>>;
	/** A form, or the text of JSON. */
	readonly body?: URLSearchParams | string;
	readonly issuers?: Issuers | undefined;
	/** Others than the usual are for those that are near, or may not be there. */
	readonly timeoutMs?: number;
}

export interface IssuerAnswer {
	readonly status: number;
	readonly text: string;
	header(name: string): string | null;
}

/** @throws Error that names the issuer and what it answered, never the credential */
export async function tokenFrom(
	url: string,
	form: Readonly<Record<string, string>>,
	issuers?: Issuers,
	headers?: Readonly<Record<string, string>>,
): Promise<Token> {
	const request: IssuerRequest = { url, method: "POST", body: new URLSearchParams(form), issuers };
	const json = await jsonFrom(headers === undefined ? request : { ...request, headers });
	const token = tokenIn(json);
	if (token === undefined) throw new Error(`${url} answered without an access token`);
	return token;
}

/** The token in an answer as RFC 6749 §5.1 has it. */
export function tokenIn({ access_token: value, expires_in: life }: Record<string, unknown>): Token | undefined {
	if (typeof value !== "string" || value === "") return undefined;
	const seconds = Number(life);
	const lifeSeconds = Number.isFinite(seconds) && seconds > 0 ? seconds : usualSeconds;
	return { value, expiresAtMs: Date.now() + lifeSeconds * 1000 };
}

/** @throws Error as `tokenFrom`, for all but a JSON object with status 200 */
export async function jsonFrom(request: IssuerRequest): Promise<Record<string, unknown>> {
	const { status, text } = await askIssuer(request);
	const body = parsed(text);
	if (status === 200 && isObject(body)) return body;
	throw new Error(`${placeOf(request.url)} answered with ${status}${wordsIn(body)}`);
}

/** @throws Error where no answer comes */
export async function askIssuer(request: IssuerRequest): Promise<IssuerAnswer> {
	for (const pauseMs of pausesMs) {
		try {
			const answer = await askOnce(request);
			if (answer.status < 500 && answer.status !== 429) return answer;
		} catch (error) {
			// Whoever has kept silent for so long does not speak the next time.
			if ((error as { name?: string }).name === "AbortError") throw silent(request);
		}
		await new Promise((resolve) => setTimeout(resolve, pauseMs));
	}
	try {
		return await askOnce(request);
	} catch (error) {
		if ((error as { name?: string }).name === "AbortError") throw silent(request);
		throw new Error(`${placeOf(request.url)} can't be reached (${codeOf(error)})`, { cause: error });
	}
}

async function askOnce({ url, method = "GET", headers, body, issuers, timeoutMs: ownMs }: IssuerRequest) {
	const { default: fetch } = await import("node-fetch");
	const agent = await issuers?.agentFor?.(url);
	const response = await fetch(url, {
		method,
		redirect: "manual",
		signal: AbortSignal.timeout(ownMs ?? timeoutMs),
		size: maxBytes,
		...(headers === undefined ? {} : { headers }),
		...(body === undefined ? {} : { body }),
		...(agent === undefined ? {} : { agent }),
	});
	const text = await response.text();
	return { status: response.status, text, header: (name: string) => response.headers.get(name) };
}

function silent({ url, timeoutMs: ownMs }: IssuerRequest): Error {
	return new Error(`${placeOf(url)} did not answer within ${(ownMs ?? timeoutMs) / 1000} s`);
}

/** A credential may stand in a query. */
function placeOf(url: string): string {
	return url.replace(/[?#].*$/s, "");
}

function codeOf(error: unknown): string {
	const { code, message } = error as NodeJS.ErrnoException;
	return code ?? message.replace(/^request to .* failed, reason: ?/, "");
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** In OAuth's form, or in Google's. */
function wordsIn(body: unknown): string {
	if (!isObject(body)) return "";
	const { error, error_description: description } = body;
	const said = isObject(error) ? [error.status, error.message] : [error, description];
	const words = said.filter((word) => typeof word === "string").join(": ");
	return words === "" ? "" : ` (${words.slice(0, 300)})`;
}
