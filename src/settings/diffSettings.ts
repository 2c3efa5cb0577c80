/** Differences between two settings: the changes that a reload would make. */

import { mcpFacts } from "./describeMcp.js";
import {
	describeCache,
	describeCanary,
	describeCondition,
	describeCost,
	describeHedge,
	describeLearn,
	describePromptCache,
	describeShare,
	describeStrategy,
	namedTimeouts,
} from "./describeRouting.js";
import type { LimitSettings } from "./limitSettings.js";
import { formatBytes, formatDuration } from "./quantity.js";
import type { PriceRule, Route, Target, TargetGroup, UpstreamSettings } from "./routes.js";
import type { Settings } from "./settings.js";
import type { WebhookSettings } from "./webhookSettings.js";

/** One difference. Plain data without any secret in it. */
export interface Change {
	readonly kind: "added" | "removed" | "changed";
	/** In the configuration file's words: `upstreams.openai.connectTimeout`, `routes.chat.targets[0]`. */
	readonly place: string;
	/** Values in words; nothing of a secret, and nothing of an upstream or a route that is added or removed as a whole. */
	readonly before: string | undefined;
	readonly after: string | undefined;
}

/** In the order of the settings; of what is new or gone as a whole, only that. */
export function diffSettings(before: Settings, after: Settings): Change[] {
	const stays = (name: string) =>
		[before, after].every(
			({ routing, prices }) =>
				routing.routes.some((route) => route.name === name) || prices.some((price) => placeOfPrice(price) === name),
		);
	const [old, now] = [factsOf(before, stays), factsOf(after, stays)];
	const changes: Change[] = [];
	for (const place of new Set([...old.keys(), ...now.keys()])) {
		const [was, is] = [old.get(place), now.get(place)];
		if (was?.text === is?.text || changes.some((change) => isBelow(place, change.place))) continue;
		const kind = was === undefined ? "added" : is === undefined ? "removed" : "changed";
		changes.push({ kind, place, before: shown(was), after: shown(is) });
	}
	return changes;
}

/** A line for people: `~ bindport: 8080 → 9090`, `+ upstreams.spare`, `~ upstreams.openai.key (changed)`. */
export function describeChange({ kind, place, before, after }: Change): string {
	const mark = { added: "+", removed: "-", changed: "~" }[kind];
	const restart = needsRestart({ place }) ? " (only a restart changes it)" : "";
	if (kind !== "changed") return `${mark} ${place}${before || after ? `: ${before ?? after}` : ""}`;
	if (before === undefined || after === undefined) return `${mark} ${place} (changed)${restart}`;
	return `${mark} ${place}: ${before} → ${after}${restart}`;
}

/** A reload leaves it as it is. */
export function needsRestart({ place }: Pick<Change, "place">): boolean {
	return fixedSettings.includes(place);
}

interface Fact {
	readonly text: string;
	/** Compared, but never shown: secrets, and whole files. */
	readonly isHidden?: boolean;
}

type Facts = [place: string, fact: Fact][];

function shown(fact: Fact | undefined): string | undefined {
	return fact === undefined || fact.isHidden || fact.text === "" ? undefined : fact.text;
}

function isBelow(place: string, other: string): boolean {
	return place.startsWith(`${other}.`) || place.startsWith(`${other}[`);
}

/** @param stays whether a route of this name, or a price at this place, is in both */
function factsOf(settings: Settings, stays: (name: string) => boolean): Map<string, Fact> {
	const { prices } = settings;
	const { upstreams, routes } = settings.routing;
	const ownSettings = Object.entries(settingFacts).flatMap(([field, [name, describe]]): Facts => {
		const value = settings[field as keyof typeof settingFacts];
		return [
			[name, { text: (describe as (value: unknown) => string)(value), isHidden: secretSettings.includes(field) }],
		];
	});
	return new Map<string, Fact>([
		...ownSettings,
		["overlay contents", { text: overlayContents(settings), isHidden: true }],
		...limitFacts(settings.limits),
		...prices.map((price): Facts[number] => [placeOfPrice(price), { text: describeCost(price.cost) }]),
		["order of prices", { text: prices.map(placeOfPrice).filter(stays).join(", ") }],
		...settings.webhooks.flatMap(webhookFacts),
		...mcpFacts(settings.mcp),
		...upstreams.flatMap(upstreamFacts),
		[
			"order of routes",
			{
				text: routes
					.map(({ name }) => name)
					.filter(stays)
					.join(", "),
			},
		],
		...routes.flatMap(routeFacts),
	]);
}

function placeOfPrice({ models }: PriceRule): string {
	return `prices[${models.join(", ")}]`;
}

/** Without the places, which change with every comment. */
function overlayContents({ overlayDocuments = [] }: Settings): string {
	return JSON.stringify(overlayDocuments.map(({ overlay }) => overlay));
}

const secretSettings = ["storeUrl", "adminKey", "sealSecrets", "redisUrl"];
const fixedSettings = ["bindip", "bindport", "redis"];

const plain = (value: unknown) => (value === undefined ? "not set" : String(value));
const duration = (ms: number | undefined) => (ms === undefined ? "not set" : formatDuration(ms));
const list = (values: readonly string[]) => (values.length === 0 ? "none" : values.join(", "));

/** Each setting's name in the file, and its value in the file's words. */
const settingFacts: {
	[Field in keyof Omit<
		Settings,
		"configFile" | "routing" | "limits" | "overlayDocuments" | "prices" | "webhooks" | "mcp"
	>]-?: [name: string, describe: (value: Settings[Field]) => string];
} = {
	bindip: ["bindip", plain],
	bindport: ["bindport", plain],
	verbose: ["verbose", plain],
	workers: ["workers", plain],
	contracts: ["contract", (contracts = []) => list(contracts)],
	overlays: ["overlay", list],
	plugins: ["plugin", list],
	idleTimeoutMs: ["idleTimeout", duration],
	heartbeatMs: ["heartbeat", (ms) => (ms === 0 ? "none" : duration(ms))],
	requestTimeoutMs: ["requestTimeout", duration],
	maxBodyBytes: ["maxBody", formatBytes],
	maxUploadBytes: ["maxUpload", formatBytes],
	uploadMemoryBytes: ["uploadMemory", formatBytes],
	maxHeaderBytes: ["maxHeaderSize", formatBytes],
	maxHeaders: ["maxHeaders", plain],
	bodyWaitMs: ["bodyWait", duration],
	bodyBudgetBytes: ["bodyBudget", (bytes) => (bytes === undefined ? "not set" : formatBytes(bytes))],
	maxConnections: ["maxConnections", plain],
	maxWebsockets: ["maxWebsockets", plain],
	maxWebsocketsPerClient: ["maxWebsocketsPerClient", plain],
	websocketAgeMs: ["websocketAge", duration],
	websocketMemoryBytes: ["websocketMemory", formatBytes],
	trustedProxies: ["trustProxy", plain],
	corsOrigins: ["corsOrigin", list],
	allowedHosts: ["allowedHost", list],
	localAdmin: ["localAdmin", plain],
	claudeModelPrefix: ["claudeModelPrefix", plain],
	drainDelayMs: ["drainDelay", duration],
	drainTimeoutMs: ["drainTimeout", duration],
	dataFolder: ["data", plain],
	storeUrl: ["store", plain],
	storeAll: ["storeAll", plain],
	storeMaxAgeMs: ["storeMaxAge", duration],
	storeMaxCount: ["storeMaxCount", plain],
	keepResponses: ["keepResponses", plain],
	responseMaxAgeMs: ["responseMaxAge", duration],
	responseMaxCount: ["responseMaxCount", plain],
	files: ["files", plain],
	filesQuotaBytes: ["filesQuota", formatBytes],
	fileMaxAgeMs: ["fileMaxAge", duration],
	metrics: ["metrics", plain],
	ui: ["ui", plain],
	usage: ["usage", plain],
	answerAgeMs: ["answerAge", duration],
	graceMs: ["grace", duration],
	backgroundMax: ["backgroundMax", plain],
	backgroundOwnerMax: ["backgroundOwnerMax", plain],
	backgroundTimeoutMs: ["backgroundTimeout", duration],
	batchConcurrency: ["batchConcurrency", plain],
	batchOwnerMax: ["batchOwnerMax", plain],
	batchMaxAgeMs: ["batchMaxAge", duration],
	cacheMemoryBytes: ["cacheMemory", formatBytes],
	cacheStoreBytes: ["cacheStore", formatBytes],
	usageMaxAgeMs: ["usageMaxAge", duration],
	usageTags: ["usageTag", list],
	sessionHeaders: [
		"session headers",
		({ session, agent, subagent }) => [session, agent, subagent].map(plain).join(", "),
	],
	logFormat: ["logFormat", plain],
	logLevel: ["logLevel", plain],
	requireKeys: ["requireKeys", plain],
	adminKey: ["adminKey", plain],
	sealSecrets: ["sealSecret", list],
	limitQueue: ["limitQueue", plain],
	redisUrl: ["redis", plain],
	redisFailure: ["redisFailure", plain],
	auth: ["auth", (auth) => (auth === undefined ? "not set" : JSON.stringify(auth))],
};

/** Each of them by itself, since that is how they are changed. */
function limitFacts({ keys, clients, subagents, onExceeded, maxWaitMs, ...named }: LimitSettings): Facts {
	return [
		...Object.entries({ keys, clients, subagents }).flatMap(([name, set]) => setFacts(set, `limits.${name}`)),
		...Object.entries(named).flatMap(([kind, sets]) =>
			Object.entries(sets).flatMap(([name, set]) => setFacts(set, `limits.${kind}.${name}`)),
		),
		["limits.onExceeded", { text: onExceeded }],
		["limits.queue.maxWait", { text: maxWaitMs === 0 ? "not set" : formatDuration(maxWaitMs) }],
	];
}

function setFacts(set: object, place: string): Facts {
	return Object.entries(set).map(([name, max]): Facts[number] => [`${place}.${name}`, { text: plain(max) }]);
}

function webhookFacts({ name, url, secret, events, routes, keys, teams }: WebhookSettings): Facts {
	const place = `webhooks.${name}`;
	const patterns = Object.entries({ routes, keys, teams }).flatMap(
		([member, given]): Facts => (given === undefined ? [] : [[`${place}.${member}`, { text: list(given) }]]),
	);
	return [
		[place, { text: "" }],
		[`${place}.url`, { text: url, isHidden: true }],
		[`${place}.secret`, { text: secret, isHidden: true }],
		[`${place}.events`, { text: list(events) }],
		...patterns,
	];
}

function upstreamFacts(upstream: UpstreamSettings): Facts {
	const {
		name,
		url,
		query,
		proxy,
		key,
		forwardsCredential,
		passthroughAuth = false,
		webSocket,
		headers,
		tls,
		health,
		breaker,
	} = upstream;
	const place = `upstreams.${name}`;
	const hidden = (value: string | undefined): Fact => ({ text: plain(value), isHidden: true });
	return [
		[place, { text: "" }],
		[`${place}.url`, { text: url }],
		[`${place}.query`, hidden(query)],
		[`${place}.proxy`, { text: proxy?.url ?? "none" }],
		[`${place}.proxy.credential`, hidden(proxy?.authorization)],
		[`${place}.key`, hidden(key)],
		[`${place}.forwardCredential`, { text: plain(forwardsCredential) }],
		[`${place}.passthroughAuth`, { text: plain(passthroughAuth) }],
		[`${place}.webSocket`, { text: plain(webSocket) }],
		...Object.entries(headers).map(([header, value]): Facts[number] => [`${place}.headers.${header}`, hidden(value)]),
		...(["ca", "cert", "key"] as const).map((member): Facts[number] => [`${place}.tls.${member}`, hidden(tls[member])]),
		[`${place}.tls.serverName`, { text: plain(tls.serverName) }],
		[`${place}.tls.insecure`, { text: plain(tls.insecure) }],
		[`${place}.connectTimeout`, { text: duration(upstream.connectTimeoutMs) }],
		[`${place}.maxConnections`, { text: plain(upstream.maxConnections) }],
		[`${place}.maxConcurrency`, { text: plain(upstream.maxConcurrency) }],
		[`${place}.health`, { text: health ? sectionText(health) : "off" }],
		[`${place}.breaker`, { text: breaker ? sectionText(breaker) : "off" }],
		...setFacts(upstream.limits ?? {}, `${place}.limits`),
		[`${place}.provider`, { text: plain(upstream.provider) }],
		[`${place}.keepsResponses`, { text: plain(upstream.keepsResponses) }],
		[`${place}.keepsFiles`, { text: plain(upstream.keepsFiles) }],
		[`${place}.dialects`, { text: plain(upstream.dialects?.join(", ")) }],
		[`${place}.tokenize`, { text: plain(upstream.tokenize) }],
		[`${place}.usage`, { text: upstream.usage }],
		[`${place}.ollama`, { text: plain(upstream.ollama && sectionText(upstream.ollama)) }],
		[`${place}.reasoning`, { text: plain(upstream.reasoning && sectionText(upstream.reasoning)) }],
		[`${place}.aws`, { text: plain(upstream.aws && sectionText(upstream.aws)) }],
		[`${place}.vertex`, hidden(upstream.vertex && JSON.stringify(upstream.vertex))],
		[`${place}.entra`, hidden(upstream.entra && JSON.stringify(upstream.entra))],
		[`${place}.priceList`, { text: plain(upstream.priceList) }],
	];
}

/** `failures 5, share 50%, window 30s, cooldown 10s` */
function sectionText(section: object): string {
	return Object.entries(section)
		.filter(([, value]) => value !== undefined)
		.map(([name, value]) => `${nameInFile(name)} ${valueInFile(name, value)}`)
		.join(", ");
}

function nameInFile(field: string): string {
	return field === "budgetShare" ? "budget" : field.replace(/Ms$/, "");
}

function valueInFile(field: string, value: unknown): string {
	if (field.endsWith("Ms")) return formatDuration(value as number);
	return /share$/i.test(field) ? describeShare(value as number) : String(value);
}

function routeFacts({
	name,
	models,
	stages,
	retry,
	fallbackOn,
	rescue,
	hedge,
	strict,
	learn,
	cache,
	promptCache,
	graceMs,
	isResumable,
	responsesKeptBy,
	passthrough = [],
}: Route): Facts {
	const place = `routes.${name}`;
	const [first, ...fallbacks] = stages as [TargetGroup, ...TargetGroup[]];
	return [
		[place, { text: "" }],
		[`${place}.model`, { text: models.join(", ") }],
		...groupFacts(first, place),
		...fallbacks.flatMap(
			(stage, index): Facts => [
				[`${place}.fallback[${index}]`, { text: stage.targets.map(nameOf).join(", ") }],
				...groupFacts(stage, `${place}.fallback[${index}]`),
			],
		),
		...Object.entries(retry).map(([field, value]): Facts[number] => [
			`${place}.retry.${nameInFile(field)}`,
			{ text: valueInFile(field, value) },
		]),
		[`${place}.fallbackOn`, { text: list(fallbackOn) }],
		[`${place}.rescue`, { text: rescue }],
		[`${place}.hedge`, { text: hedge ? describeHedge(hedge) : "off" }],
		[`${place}.learn`, { text: learn ? describeLearn(learn) : "off" }],
		[`${place}.cache`, { text: cache ? describeCache(cache) : "off" }],
		[`${place}.promptCache`, { text: describePromptCache(promptCache) }],
		[`${place}.strict`, { text: String(strict === true) }],
		[`${place}.grace`, { text: graceMs === undefined ? "the setting's" : duration(graceMs) }],
		[`${place}.resumable`, { text: isResumable ? "on" : "off" }],
		[`${place}.responsesKeptBy`, { text: responsesKeptBy ?? "the default" }],
		[`${place}.passthrough`, { text: list(passthrough) }],
	];
}

function groupFacts({ strategy, targets }: TargetGroup, place: string): Facts {
	return [
		[`${place}.strategy`, { text: describeStrategy(strategy) }],
		...targets.flatMap((target, index) => memberFacts(target, `${place}.targets[${index}]`)),
	];
}

function memberFacts(member: Target | TargetGroup, place: string): Facts {
	const own: Facts = [
		[place, { text: nameOf(member) }],
		[`${place}.weight`, { text: plain(member.weight) }],
		[`${place}.when`, { text: member.when ? describeCondition(member.when) : "not set" }],
		[`${place}.canary`, { text: member.canary ? describeCanary(member.canary) : "not set" }],
	];
	if (member.kind === "group") return [...own, ...groupFacts(member, place)];
	const { cost, capabilities } = member;
	return [
		...own,
		...namedTimeouts(member.timeouts).map(([name, text]): Facts[number] => [
			`${place}.timeouts.${name.replace(/ (.)/, (_all, letter: string) => letter.toUpperCase())}`,
			{ text },
		]),
		// By name, since members that are not set get lost where settings are sent as JSON.
		...(["prefill", "tools", "vision", "jsonSchema", "reasoning", "context", "output"] as const).map(
			(name): Facts[number] => [`${place}.capabilities.${name}`, { text: plain(capabilities[name]) }],
		),
		[`${place}.cost`, { text: cost ? describeCost(cost) : "not set" }],
	];
}

function nameOf(member: Target | TargetGroup): string {
	return member.kind === "target" ? member.name : "group";
}
