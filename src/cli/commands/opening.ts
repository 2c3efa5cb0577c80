/** What a starting gateway prints about who may use it, and how its own user gets access. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../errors/problem.js";
import { isLoopback } from "../../settings/loopback.js";
import type { Settings } from "../../settings/settings.js";

/** Nobody needs a key: neither is there one, nor would one be asked for. */
export function isKeyless({ requireKeys, auth }: Settings, hasKeys: boolean): boolean {
	return !requireKeys && auth === undefined && !hasKeys;
}

/** A loud one, for a gateway that others can reach. */
export function openToOthers({ bindip }: Settings, port: number): string | undefined {
	if (isLoopback(bindip)) return undefined;
	return (
		`WARNING: there are no keys, so whoever can reach ${bindip} port ${port} may use this gateway. ` +
		"Start it with --require-keys, or make a key on its machine: llmw keys create NAME"
	);
}

/** The warning if a key is needed though the store has none. @param sign the trace of earlier keys */
export function closedLine(sign: string): string {
	const isMark = /llmgw\.keys[^/\\]*$/.test(sign);
	const reopen = isMark ? ` To open the gateway to everybody, stop it and remove ${sign}.` : "";
	return (
		`the database has no key, but ${sign} says that there may have been some: requests need a key. ` +
		"Stop the gateway and put a backup of the database back; or, where there is none, move the damaged file away, start it, " +
		`and make a key on its machine: llmw keys create NAME.${reopen}`
	);
}

/** What is open to whom, on a gateway without keys. @param link undefined where it has no dashboard, or may not be shown */
export function openingLines({ bindip, localAdmin, adminKey }: Settings, link: string | undefined): string[] {
	const lines: string[] = [];
	if (isLoopback(bindip))
		lines.push(
			"There are no keys: programs on this machine may use this gateway, and whoever a proxy in front of it lets through. " +
				"llmw keys create NAME makes the first key.",
		);
	if (localAdmin && isLoopback(bindip) && adminKey === undefined)
		lines.push("With --local-admin they may also read what administrators see, without a credential.");
	if (link !== undefined) lines.push(`Dashboard: ${link} (signs in once, within ten minutes; llmw ui prints another)`);
	return lines;
}

/**
 * What is printed about a credential for administrators that was just made. A log of JSON lines is collected, kept and searched
 * by others, so that it only names the file where the credential is.
 */
export function sayAdminMade(secret: string, { logFormat, dataFolder }: Settings): string {
	if (logFormat === "text") return `the administrator's credential, which is shown this once: ${secret}`;
	const instead = "set LLMW_ADMIN_KEY to one of your own";
	if (dataFolder === undefined)
		return `a credential for administrators was made, but there is no folder to keep it in; ${instead}`;
	const file = join(dataFolder, "llmgw.admin");
	try {
		mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
		writeFileSync(file, `${secret}\n`, { mode: 0o600 });
		chmodSync(file, 0o600);
		return `the administrator's credential is in ${file}, for you alone to read; keep it elsewhere, and remove that file`;
	} catch (error) {
		return `a credential for administrators was made, but can't be written (${messageOf(error)}); ${instead}`;
	}
}
