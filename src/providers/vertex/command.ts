/** An access token that a program prints: alone, or in JSON with its end. */
import { execFile } from "node:child_process";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { Token } from "../expiringToken.js";

const timeoutMs = 30_000;
const maxBytes = 256 * 1024;
/** Of one that is printed alone, which may have been handed out before. */
const unknownLifeMs = 5 * 60_000;

/** @throws Error with what the program complained of */
export async function tokenByCommand([program = "", ...words]: readonly string[]): Promise<Token> {
	const output = await new Promise<string>((resolve, reject) => {
		const options = { timeout: timeoutMs, maxBuffer: maxBytes, windowsHide: true };
		const child = execFile(program, words, options, (error, stdout, stderr) => {
			if (error === null) resolve(stdout.trim());
			else reject(new Error(`the command ${program} ${reasonOf(error, stderr)}`));
		});
		child.stdin?.end();
	});
	const token = output.startsWith("{") ? tokenIn(output) : { value: output, expiresAtMs: Date.now() + unknownLifeMs };
	// Anything else would not fit into a header.
	if (token === undefined || !/^[\x21-\x7e]+$/.test(token.value))
		throw new Error(`the command ${program} printed no access token`);
	return token;
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean; signal?: unknown }, stderr: string): string {
	if (error.code === "ENOENT") return "is not installed, or not found";
	if (error.killed) return `did not end within ${timeoutMs / 1000} s`;
	const [line = ""] = stderr.trim().split("\n");
	const words = line.replace(/[^\x20-\x7e]/g, "").slice(0, 200);
	return `failed with ${error.code ?? error.signal}${words === "" ? "" : `: ${words}`}`;
}

/** As gcloud's helpers print it, as Google's executables do, or as a token endpoint answers. */
function tokenIn(output: string): Token | undefined {
	const json = parseObject(output) ?? {};
	const given = isObject(json.credential) ? json.credential : json;
	const value = [given.access_token, given.accessToken, given.token, given.id_token].find(
		(one) => typeof one === "string",
	);
	if (value === undefined) return undefined;
	const end = [given.token_expiry, given.expireTime, given.expiry, given.expires_at].find(isGiven);
	const endMs = typeof end === "number" ? end * 1000 : Date.parse(String(end));
	const lifeMs = Number(given.expires_in) * 1000;
	const expiresAtMs = Number.isNaN(lifeMs) ? endMs : Date.now() + lifeMs;
	return { value, expiresAtMs: Number.isNaN(expiresAtMs) ? Date.now() + unknownLifeMs : expiresAtMs };
}

function isGiven(value: unknown): value is string | number {
	return typeof value === "string" || typeof value === "number";
}
