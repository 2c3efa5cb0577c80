/** Gets access tokens of OAuth 2.0's token endpoints (RFC 6749 §5). */
import { isObject } from "../json/isObject.js";
import type { Token } from "./expiringToken.js";

const timeoutMs = 10_000;
/** Of a token whose life is not told. */
const usualSeconds = 3600;

/** @throws Error that names the endpoint and what it answered, never the credential */
export async function tokenFrom(url: string, form: Readonly<Record<string, string>>): Promise<Token> {
	const { default: fetch } = await import("node-fetch");
	const response = await fetch(url, {
		method: "POST",
		redirect: "manual",
		signal: AbortSignal.timeout(timeoutMs),
		size: 256 * 1024,
		body: new URLSearchParams(form),
	});
	const body: unknown = await response.json().catch(() => undefined);
	if (!isObject(body) || response.status !== 200 || typeof body.access_token !== "string") {
		const { error, error_description: description } = isObject(body) ? body : {};
		const words = [error, description].filter((word) => typeof word === "string").join(": ");
		throw new Error(`${url} answered with ${response.status}${words === "" ? "" : ` (${words.slice(0, 300)})`}`);
	}
	const seconds = Number(body.expires_in);
	return {
		value: body.access_token,
		expiresAtMs: Date.now() + (Number.isFinite(seconds) && seconds > 0 ? seconds : usualSeconds) * 1000,
	};
}
