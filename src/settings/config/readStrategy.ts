/** Strategies, canaries and what requests are kept together by, in a configuration file. */
import type { AffinityKey, Strategy, TargetGroup } from "../routes.js";
import { defaultOf, defaultsOf, type Schemas } from "./configSchema.js";
import type { Path } from "./locatedYaml.js";
import type { Reader } from "./reader.js";

/** The strategies that each member belongs to. */
const ownerOf = { by: "session_affinity", prefixCharacters: "prefix_affinity", loadFactor: "prefix_affinity" };

export function readStrategy(
	given: Schemas["StrategyConfig"] | undefined,
	path: Path,
	reader: Reader,
): Strategy | undefined {
	if (given === undefined) return undefined;
	const { kind, by, ...prefix } = typeof given === "string" ? { kind: given } : given;
	for (const [member, owner] of Object.entries(ownerOf))
		if (typeof given === "object" && member in given && kind !== undefined && kind !== owner)
			reader.report([...path, member], `belongs to the strategy ${owner}`, true);
	if (kind === "session_affinity") return { kind, key: readAffinity(by ?? defaultsOf("StrategyConfig").by) };
	if (kind !== "prefix_affinity") return kind && { kind };
	const { prefixCharacters, loadFactor } = { ...defaultsOf("StrategyConfig"), ...prefix } as Required<typeof prefix>;
	return { kind, prefixCharacters, loadFactor };
}

/** Where neither a group nor anything around it names a strategy. */
export function defaultStrategy(): Strategy {
	return { kind: defaultOf("StrategyConfig") as "ordered" };
}

export function readCanary(
	given: Schemas["CanaryConfig"] | undefined,
	path: Path,
	reader: Reader,
): TargetGroup["canary"] {
	if (given === undefined) return undefined;
	const { share, by } = typeof given === "object" ? given : { share: given };
	const read = typeof given === "object" ? reader.share(given, "share", path) : reader.share({ share }, "share", path);
	return { share: read ?? 0, key: readAffinity(by) };
}

/** The part of a header's name is a header's, so that it is in lower case. */
function readAffinity(by: unknown = defaultOf("AffinityConfig")): AffinityKey {
	if (by === "session" || by === "caller" || by === "user") return { by };
	return { by: "header", header: String(by).slice("header:".length).toLowerCase() };
}
