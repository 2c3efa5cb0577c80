/** Parts of routes in words, as the configuration file writes them. */
import { formatDuration } from "./quantity.js";
import type {
	AffinityKey,
	CacheSettings,
	Condition,
	Cost,
	HedgeSettings,
	LearnSettings,
	PromptCacheSettings,
	RetrySettings,
	Strategy,
	TargetGroup,
	Timeouts,
} from "./routes.js";
import { defaultPromptCache } from "./singleUpstream.js";

export function describeStrategy(strategy: Strategy): string {
	if (strategy.kind === "session_affinity") return `session_affinity by ${describeKey(strategy.key)}`;
	if (strategy.kind !== "prefix_affinity") return strategy.kind;
	return `prefix_affinity by ${strategy.prefixCharacters} characters, load factor ${strategy.loadFactor}`;
}

export function describeKey(key: AffinityKey): string {
	return key.by === "header" ? `header:${key.header}` : key.by;
}

export function describeShare(share: number): string {
	return `${Number((share * 100).toFixed(6))}%`;
}

export function describeCanary({ share, key }: NonNullable<TargetGroup["canary"]>): string {
	return `${describeShare(share)} by ${describeKey(key)}`;
}

/** `stream, tokens ≤ 1000, headers.x-team a|b*` */
export function describeCondition(when: Condition): string {
	const { minTokens, maxTokens, model, headers, metadata, tags, ...switches } = when;
	const named = Object.entries({ headers, metadata, tags }).flatMap(([kind, patterns]) =>
		Object.entries(patterns ?? {}).map(([name, list]) => `${kind}.${name} ${list.join("|")}`),
	);
	return [
		...Object.entries(switches).map(([name, isSo]) => (isSo ? name : `no ${name}`)),
		...(minTokens === undefined ? [] : [`tokens ≥ ${minTokens}`]),
		...(maxTokens === undefined ? [] : [`tokens ≤ ${maxTokens}`]),
		...(model === undefined ? [] : [`model ${model.join("|")}`]),
		...named,
	].join(", ");
}

/** Each limit with its name, in the file's words. */
export function namedTimeouts(timeouts: Timeouts): [name: string, text: string][] {
	const { firstByteMs, firstTokenMs, idleMs, endMs, holdMs, heartbeatMs, totalMs } = timeouts;
	return [
		["first byte", formatDuration(firstByteMs)],
		["first token", formatDuration(firstTokenMs)],
		["idle", formatDuration(idleMs)],
		["end", formatDuration(endMs)],
		["hold", formatDuration(holdMs)],
		["heartbeat", heartbeatMs === 0 ? "none" : formatDuration(heartbeatMs)],
		["total", totalMs === undefined ? "no limit" : formatDuration(totalMs)],
	];
}

export function describeRetry(retry: RetrySettings): string {
	const { attempts, attemptsPerTarget, firstBackoffMs, maxBackoffMs, maxWaitMs, budgetShare } = retry;
	return [
		`${attempts} ${attempts === 1 ? "attempt" : "attempts"}, ${attemptsPerTarget} per target`,
		`backoff ${formatDuration(firstBackoffMs)} to ${formatDuration(maxBackoffMs)}`,
		`wait up to ${formatDuration(maxWaitMs)}`,
		`budget ${describeShare(budgetShare)}`,
	].join(", ");
}

/** `$2 in, $8 out, $0.5 cached, $0.002 search_units, flex ×0.5`: for a million tokens, and for one of each unit. */
export function describeCost({ tiers = {}, units = {}, ...cost }: Cost): string {
	const kinds = costKinds.flatMap(([name, words]) => (cost[name] === undefined ? [] : [`$${cost[name]} ${words}`]));
	const others = Object.entries(units).map(([unit, dollars]) => `$${dollars} ${unit}`);
	return [...kinds, ...others, ...Object.entries(tiers).map(([tier, factor]) => `${tier} ×${factor}`)].join(", ");
}

const costKinds = [
	["input", "in"],
	["output", "out"],
	["cached", "cached"],
	["cacheWrite", "cache write"],
	["cacheWrite1h", "cache write for 1 h"],
	["audioInput", "audio in"],
	["imageInput", "images in"],
	["reasoning", "reasoning"],
	["audioOutput", "audio out"],
	["imageOutput", "images out"],
] as const;

export function describeLearn({ forMs }: LearnSettings): string {
	return `for ${formatDuration(forMs)}`;
}

/** `1h for a key, sampled too, tools if asked, by meaning from 0.97 (embed)` */
export function describeCache({ ageMs, scope, isOnRequest, sampled, tools, semantic }: CacheSettings): string {
	const consents = { sampled, tools };
	return [
		`${formatDuration(ageMs)} for ${scopes[scope]}${isOnRequest ? ", if asked" : ""}`,
		...Object.entries(consents).flatMap(([name, consent]) =>
			consent === "never" ? [] : [`${name} ${consent === "asked" ? "if asked" : "too"}`],
		),
		...(semantic === undefined ? [] : [`by meaning from ${semantic.threshold} (${semantic.model})`]),
	].join(", ");
}

const scopes = { key: "each key", team: "each team", shared: "all" } as const;

/** `watch, stick, inject for 5m` */
export function describePromptCache({
	watches,
	sticks,
	injects,
	ttl,
}: PromptCacheSettings = defaultPromptCache): string {
	const parts = [watches ? "watch" : "", sticks ? "stick" : "", injects ? `inject for ${ttl}` : ""];
	return parts.filter((part) => part !== "").join(", ") || "off";
}

export function describeHedge({ share, afterMs }: HedgeSettings): string {
	return `${describeShare(share)}${afterMs === undefined ? "" : ` after ${formatDuration(afterMs)}`}`;
}
