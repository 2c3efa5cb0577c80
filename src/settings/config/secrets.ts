/** Secrets of a configuration file: never in its own text. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "./configSchema.js";
import type { Path } from "./locatedYaml.js";
import { pointerOf, valueAt } from "./path.js";
import type { Report } from "./report.js";
import type { Substituted } from "./substitute.js";

const howTo = "is a secret and must not stand in the file: write ${NAME} of an environment variable, or {file: PATH}";

/** Headers that hold nothing but credentials. */
const credentialHeader =
	/^(authorization|proxy-authorization|(x-)?api-key|x-goog-api-key|x-llmgw-key|x-auth-token|cookie)$/i;

/** Settings that are secrets, or hold one. */
export const secretSettings: ReadonlySet<string> = new Set(["store", "redis", "adminKey", "sealSecret"]);

/** Reports each secret that is written out. */
export function refuseLiteralSecrets(written: unknown, { variables }: Substituted, report: Report): void {
	const { upstreams, store, redis, adminKey, sealSecret, webhooks, mcp } = (written ?? {}) as Partial<Config>;
	const check = (path: Path) => {
		if (typeof valueAt(written, path) === "string" && !variables.has(pointerOf(path)) && !report.isWrong(path))
			report.add(path, howTo);
	};
	if (typeof store === "string" && holdsPassword(store)) check(["store"]);
	if (typeof redis === "string" && holdsPassword(redis)) check(["redis"]);
	if (adminKey !== undefined) check(["adminKey"]);
	if (sealSecret !== undefined) check(["sealSecret"]);
	if (Array.isArray(webhooks)) for (const index of webhooks.keys()) check(["webhooks", index, "secret"]);
	const checkHeaders = (path: Path) => {
		const headers = valueAt(written, path);
		if (typeof headers !== "object" || headers === null) return;
		for (const header of Object.keys(headers)) if (credentialHeader.test(header)) check([...path, header]);
	};
	for (const name of Object.keys(mcp?.servers ?? {})) {
		check(["mcp", "servers", name, "key"]);
		checkHeaders(["mcp", "servers", name, "headers"]);
	}
	for (const name of Object.keys(upstreams ?? {})) {
		const path = ["upstreams", name];
		check([...path, "key"]);
		check([...path, "entra", "clientSecret"]);
		check([...path, "vertex", "credentials"]);
		checkHeaders([...path, "headers"]);
	}
}

/** A database's or Redis' URL without a user's password is no secret. */
function holdsPassword(url: string): boolean {
	const isBare =
		/^(postgres(ql)?:\/\/([^:@/?]*@)?[^:@/?]*(:\d+)?\/[^@]*|rediss?:\/\/([^:@/?]*@)?[^:@/?]*(:\d+)?([/?][^@]*)?)$/;
	return !isBare.test(url) || /[?&]password=/i.test(url);
}

/**
 * The text of a secret. One in a file is trimmed.
 *
 * @param folder where relative paths begin
 * @throws Error when the file can't be read, or nothing is in it
 */
export function secretText(value: string | { file?: string | undefined }, folder: string): string | undefined {
	if (typeof value === "string") return value;
	if (value.file === undefined) return undefined;
	let text: string;
	try {
		text = readFileSync(resolve(folder, value.file), "utf8").trim();
	} catch (error) {
		throw new Error(`can't read ${value.file} (${(error as NodeJS.ErrnoException).code ?? error})`);
	}
	if (text === "") throw new Error(`${value.file} is empty`);
	return text;
}
