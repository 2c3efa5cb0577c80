/** Who shares answers with whom. */
import { createHash } from "node:crypto";
import type { Exchange } from "../exchange/exchange.js";
import { credentialsIn } from "../keys/credentials.js";
import type { CacheSettings } from "../settings/routes.js";

/** @returns the same for all callers that get each other's answers; it holds no secret */
export function partitionOf(
	{ caller, requestHeaders, clientCredentials }: Exchange,
	scope: CacheSettings["scope"],
): string {
	if (scope === "shared") return "shared";
	if (scope === "team" && caller?.team !== undefined)
		return `team\n${JSON.stringify([caller.organisation ?? null, caller.team])}`;
	const hash = createHash("sha256").update("llmgw cache partition 1\n");
	// A key is the same in whichever header it comes, as clients of each vendor have their own.
	hash.update(caller?.keyId ?? "");
	const credentials = caller === undefined ? requestHeaders : (clientCredentials ?? {});
	for (const [, credential] of credentialsIn(credentials)) hash.update(`\n${credential}`);
	return `key\n${hash.digest("base64url")}`;
}
