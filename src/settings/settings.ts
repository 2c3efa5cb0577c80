/** The program's settings: read from flags and environment, checked against `Settings` of settings.yaml. */
import { availableParallelism } from "node:os";
import { resolve as resolvePath } from "node:path";
import type { LocatedOverlay } from "../contract/overlay.js";
import { headerSafe } from "../errors/headerSafe.js";
import { messageOf, type Problem, Problems } from "../errors/problem.js";
import validate from "../generated/settingsValidator.js";
import type { AuthSettings } from "./authSettings.js";
import type { ConfigFile, UpstreamLimits } from "./config/configFile.js";
import { gatherSettings } from "./gatherSettings.js";
import { type LimitSettings, noLimits } from "./limitSettings.js";
import type { McpSettings } from "./mcpSettings.js";
import { environmentProxies, type ProxyOf } from "./proxy.js";
import { parseDurationMs, parseTimerMs } from "./quantity.js";
import { readPem } from "./readPem.js";
import type { PriceRule, Routing } from "./routes.js";
import { secretsIn } from "./sealSecrets.js";
import { type SessionHeaders, sessionHeadersOf } from "./sessionHeaders.js";
import { settingDefinitions, upstreamSettings } from "./settingDefinitions.js";
import { type SettingsSchemas, settingsSchemas } from "./settingsSchemas.js";
import { ageMs, bindAddress, databaseUrl, redisUrl, sizeBytes, sizeOrNone } from "./settingValues.js";
import { singleUpstream } from "./singleUpstream.js";
import { upstreamUrl } from "./upstreamUrl.js";
import { userDataFolder } from "./userDataFolder.js";
import type { WebhookSettings } from "./webhookSettings.js";

type Raw = SettingsSchemas["Settings"];

/** The settings that the gateway runs with. Plain data: it is sent to the workers as it is. */
export interface Settings {
	readonly bindip: string;
	readonly bindport: number;
	/** The configuration file, as it was named. */
	readonly configFile: string | undefined;
	/** The upstreams, and which requests go to which. */
	readonly routing: Routing;
	readonly verbose: boolean;
	readonly workers: number;
	/** Overlays that come with llmw, by name; they apply before files. */
	readonly contracts: readonly Contract[] | undefined;
	/** Files, and what was in all overlays when the primary read them for all workers. */
	readonly overlays: readonly string[];
	readonly overlayDocuments?: readonly LocatedOverlay[];
	readonly plugins: readonly string[];
	/** How long a client may read nothing while data waits for it. */
	readonly idleTimeoutMs: number;
	/** 0 for none. */
	readonly heartbeatMs: number;
	readonly requestTimeoutMs: number;
	readonly maxBodyBytes: number;
	readonly maxUploadBytes: number;
	/** A larger upload is passed on as it comes, or put on disk. */
	readonly uploadMemoryBytes: number;
	/** Most bytes of bodies in flight, all workers together; undefined for a share of the memory. */
	readonly bodyBudgetBytes: number | undefined;
	/** The longest time that a body waits for its share of them; 0 if none does. */
	readonly bodyWaitMs: number;
	readonly maxHeaderBytes: number;
	readonly maxHeaders: number;
	readonly maxConnections: number;
	/** Each worker's; 0 for none. */
	readonly maxWebsockets: number;
	readonly maxWebsocketsPerClient: number;
	readonly websocketAgeMs: number;
	/** Each worker's, of what WebSockets remember of their turns; 0 for nothing. */
	readonly websocketMemoryBytes: number;
	readonly trustedProxies: number;
	readonly corsOrigins: readonly string[];
	/** Names besides loopback's that requests may use while there are no keys. */
	readonly allowedHosts: readonly string[];
	/** Without keys, users of this machine read what administrators see, without a credential. */
	readonly localAdmin: boolean;
	/** Before names of models that Claude Code would not show; empty for none. */
	readonly claudeModelPrefix: string;
	readonly drainTimeoutMs: number;
	/** Folder of the embedded store; undefined if no setting names one and there is no home folder. */
	readonly dataFolder: string | undefined;
	/** URL of a PostgreSQL database, with its password: never shown. */
	readonly storeUrl: string | undefined;
	readonly storeAll: boolean;
	/** Stored completions are removed at this age. */
	readonly storeMaxAgeMs: number | undefined;
	readonly storeMaxCount: number | undefined;
	/** Which responses are kept, to be gone on from. */
	readonly keepResponses: Raw["keepResponses"];
	/** A thread of responses is removed so long after its last one. */
	readonly responseMaxAgeMs: number;
	/** Of each owner. */
	readonly responseMaxCount: number | undefined;
	/** Where files are kept: `auto`, `local`, or the name of an upstream. */
	readonly files: string;
	/** Of each owner. */
	readonly filesQuotaBytes: number;
	/** Files that the gateway keeps are removed at this age. */
	readonly fileMaxAgeMs: number | undefined;
	/** Answers to requests with an `Idempotency-Key` are kept for so long; 0 for no answer given twice. */
	readonly answerAgeMs: number;
	/** How long an answer goes on without its client, if that is one which comes back. */
	readonly graceMs: number;
	/** Most responses that a worker generates in the background at once; 0 if there is no background. */
	readonly backgroundMax: number;
	/** Most unfinished ones of one owner. */
	readonly backgroundOwnerMax: number;
	readonly backgroundTimeoutMs: number;
	/** Most lines of batches that a worker has in flight at once; 0 if the gateway runs none. */
	readonly batchConcurrency: number;
	/** Most unfinished ones of an owner. */
	readonly batchOwnerMax: number;
	/** How long one that is over is kept. */
	readonly batchMaxAgeMs: number;
	/** Most bytes of cached answers in this machine's memory, and in the store; there 0 for none. */
	readonly cacheMemoryBytes: number;
	readonly cacheStoreBytes: number;
	/** Counts for `/metrics`. */
	readonly metrics: boolean;
	/** Serves the dashboard. */
	readonly ui: boolean;
	/** How long the gateway still takes requests, but is no longer ready, before it stops. */
	readonly drainDelayMs: number;
	/** Each request leaves a record of its usage, kept for `usageMaxAgeMs`; sums stay. */
	readonly usage: boolean;
	readonly usageMaxAgeMs: number;
	/** Tags and metadata by which sums are kept. */
	readonly usageTags: readonly string[];
	/** Headers that name a request's session, agent and sub-agent, besides those of known agents. */
	readonly sessionHeaders: SessionHeaders;
	readonly logFormat: LogFormat;
	/** Lower levels are not logged. */
	readonly logLevel: LogLevel;
	/** A key is needed even while none exists. */
	readonly requireKeys: boolean;
	/** The administrator's credential; undefined for the one whose hash is in the store. */
	readonly adminKey: string | undefined;
	/** The first one seals what clients keep, and all of them open it; none for the one that the gateway keeps itself. */
	readonly sealSecrets: readonly string[];
	/** Most requests that wait for one limit. */
	readonly limitQueue: number;
	/** URL of the Redis or Valkey that limits are counted in, with its password: never shown. */
	readonly redisUrl: string | undefined;
	/** The fate of requests that can't be counted while Redis is away. */
	readonly redisFailure: Raw["redisFailure"];
	/** The identity provider whose tokens are accepted as keys. */
	readonly auth: AuthSettings | undefined;
	/** How much may be used. */
	readonly limits: LimitSettings;
	/** If several match a model, an exact name wins, else the first. */
	readonly prices: readonly PriceRule[];
	/** Who is told of responses in the background, and of batches. */
	readonly webhooks: readonly WebhookSettings[];
	/** MCP tools that the gateway runs; undefined for none. */
	readonly mcp: McpSettings | undefined;
}

export type Contract = NonNullable<Raw["contract"]>[number];
export type LogFormat = Raw["logFormat"];
export type LogLevel = Raw["logLevel"];

/**
 * Settings from flags, then environment, then the configuration file, then `LLMW_DEFAULT_…` variables, then the contract's
 * defaults.
 *
 * @param flags as the command line gave them, by flag name: text, `true`, or a list of either
 * @param file the contents of the file that `--config` names, which `configOf` reads
 * @throws Problems that name each flag, variable or place and what would be right.
 */
export function readSettings(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
	file?: ConfigFile,
): Settings {
	const { settings, problems } = inspectSettings(flags, environment, file);
	if (problems.length > 0) throw new Problems(problems);
	return settings;
}

/** Like `readSettings`, for a look at everything that is wrong: a setting with a problem has its default. */
export function inspectSettings(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
	file?: ConfigFile,
): { settings: Settings; problems: Problem[] } {
	const schema = settingsSchemas().Settings;
	const definitions = settingDefinitions();
	const { values, sources, problems } = gatherSettings(flags, environment, file);
	const sourceOf = (name: string) => sources[name] ?? `--${name}`;
	const isSecret = (name: string) => definitions.some((definition) => definition.name === name && definition.isSecret);
	const isHidden = (name: string) => file?.hidden.has(name) === true && sources[name] === file.places[name];
	const wrong = checkSettings(values, (name) => isSecret(name) || isHidden(name), sourceOf);
	for (const { name, default: byDefault } of definitions) if (wrong.has(name)) values[name] = byDefault;
	const attempts: Problem[] = [];
	const proxyOf = environmentProxies(environment, attempts);
	let inFile = file?.problems ?? [];
	const attempt: Attempt = (name, read) => {
		try {
			return read();
		} catch (error) {
			// A message about a secret doesn't show it.
			const isShown = isSecret(name) || !isHidden(name);
			attempts.push({ where: sourceOf(name), message: isShown ? messageOf(error) : requirementOf(schema, name) });
			return undefined as never;
		}
	};
	const routing = (raw: Raw, limits: UpstreamLimits): Routing => {
		if (!file?.routing) return routingOfFlags(raw, limits, attempt, sources.aihostport !== undefined);
		for (const name of upstreamSettings)
			if (sources[name] !== undefined)
				attempts.push({ where: sources[name], message: `has no meaning beside the upstreams of ${values.config}` });
		const made = file.routing(limits);
		inFile = made.problems;
		return made.routing;
	};
	const settings = {
		...resolve(values as Raw, attempt, environment, proxyOf, routing),
		auth: file?.auth,
		limits: file?.limits ?? noLimits,
		prices: file?.prices ?? [],
		webhooks: file?.webhooks ?? [],
		mcp: file?.mcp,
	};
	return { settings, problems: [...problems, ...inFile, ...wrong.values(), ...attempts] };
}

type Attempt = <T>(name: string, read: () => T) => T;

/** The first problem of each setting that has one, by the setting's name. */
function checkSettings(
	values: object,
	isHidden: (name: string) => boolean,
	sourceOf: (name: string) => string,
): Map<string, Problem> {
	validate(values);
	const byPlace = new Map<string, Problem>();
	for (const error of validate.errors ?? []) {
		const [, name = ""] = error.instancePath.split("/");
		if (byPlace.has(name)) continue;
		const own = (error.parentSchema as { "x-error-message"?: string })["x-error-message"];
		const message = (own ?? error.message ?? "") + shown(error.data, isHidden(name));
		byPlace.set(name, { where: sourceOf(name), message });
	}
	return byPlace;
}

function shown(given: unknown, isHidden: boolean): string {
	if (given === "") return " (no value was given)";
	return isHidden ? "" : ` (got ${JSON.stringify(given)})`;
}

/** The form that a setting must have, for a message that can't show its value. */
function requirementOf(schema: object, name: string): string {
	const { properties } = schema as { properties: Record<string, { "x-error-message"?: string }> };
	return properties[name]?.["x-error-message"] ?? "is not valid";
}

function routingOfFlags(raw: Raw, limits: UpstreamLimits, attempt: Attempt, isPortGiven: boolean): Routing {
	const address = attempt("aihost", () => upstreamUrl(raw.aihost, raw.aihostport, isPortGiven));
	return singleUpstream({
		...limits,
		url: address?.url ?? "",
		query: address?.query,
		proxy: address && limits.proxyOf(address.url),
		key: raw.aikey === undefined ? undefined : attempt("aikey", () => headerSafe(raw.aikey as string)),
		ca: raw.cacert === undefined ? undefined : attempt("cacert", () => readPem(raw.cacert as string)),
		insecure: raw.insecure,
	});
}

function resolve(
	raw: Raw,
	attempt: Attempt,
	environment: NodeJS.ProcessEnv,
	proxyOf: ProxyOf,
	routing: (raw: Raw, limits: UpstreamLimits) => Routing,
): Omit<Settings, "auth" | "limits" | "prices" | "webhooks" | "mcp"> {
	const idleTimeoutMs = attempt("idleTimeout", () => parseTimerMs(raw.idleTimeout));
	const heartbeatMs = attempt("heartbeat", () => parseTimerMs(raw.heartbeat, 0));
	return {
		bindip: attempt("bindip", () => bindAddress(raw.bindip)),
		bindport: raw.bindport,
		configFile: raw.config,
		routing: routing(raw, {
			connectTimeoutMs: attempt("connectTimeout", () => parseTimerMs(raw.connectTimeout)),
			timeoutMs: attempt("timeout", () => parseTimerMs(raw.timeout)),
			idleTimeoutMs,
			heartbeatMs,
			proxyOf,
		}),
		verbose: raw.verbose,
		workers: raw.workers ?? availableParallelism(),
		contracts: raw.contract,
		overlays: raw.overlay ?? [],
		plugins: raw.plugin ?? [],
		idleTimeoutMs,
		heartbeatMs,
		requestTimeoutMs: attempt("requestTimeout", () => parseTimerMs(raw.requestTimeout)),
		// A body is parsed as one string, of which V8 has none of 512 MB.
		maxBodyBytes: attempt("maxBody", () => sizeBytes(raw.maxBody, "1kb", "511mb")),
		maxUploadBytes: attempt("maxUpload", () => sizeBytes(raw.maxUpload, "1kb", "1024gb")),
		uploadMemoryBytes: attempt("uploadMemory", () => sizeBytes(raw.uploadMemory, "1kb", "1gb")),
		bodyBudgetBytes:
			raw.bodyBudget === undefined
				? undefined
				: attempt("bodyBudget", () => sizeBytes(raw.bodyBudget as string, "1mb", "1024gb")),
		bodyWaitMs: attempt("bodyWait", () => parseTimerMs(raw.bodyWait, 0)),
		maxHeaderBytes: attempt("maxHeaderSize", () => sizeBytes(raw.maxHeaderSize, "1kb", "1mb")),
		maxHeaders: raw.maxHeaders,
		maxConnections: raw.maxConnections,
		maxWebsockets: raw.maxWebsockets,
		maxWebsocketsPerClient: raw.maxWebsocketsPerClient,
		websocketAgeMs: attempt("websocketAge", () => parseTimerMs(raw.websocketAge)),
		websocketMemoryBytes: attempt("websocketMemory", () => sizeOrNone(raw.websocketMemory, "1mb", "64gb")),
		trustedProxies: raw.trustProxy,
		corsOrigins: raw.corsOrigin ?? [],
		allowedHosts: raw.allowedHost ?? [],
		localAdmin: raw.localAdmin,
		claudeModelPrefix: raw.claudeModelPrefix === "none" ? "" : raw.claudeModelPrefix,
		drainDelayMs: attempt("drainDelay", () => parseTimerMs(raw.drainDelay, 0)),
		drainTimeoutMs: attempt("drainTimeout", () => parseTimerMs(raw.drainTimeout, 0)),
		dataFolder: raw.data === undefined ? userDataFolder(environment) : resolvePath(raw.data),
		storeUrl: raw.store === undefined ? undefined : attempt("store", () => databaseUrl(raw.store as string)),
		storeAll: raw.storeAll,
		storeMaxAgeMs:
			raw.storeMaxAge === undefined ? undefined : attempt("storeMaxAge", () => ageMs(raw.storeMaxAge as string)),
		storeMaxCount: raw.storeMaxCount,
		keepResponses: raw.keepResponses,
		responseMaxAgeMs: attempt("responseMaxAge", () => ageMs(raw.responseMaxAge)),
		responseMaxCount: raw.responseMaxCount,
		files: raw.files,
		filesQuotaBytes: attempt("filesQuota", () => sizeBytes(raw.filesQuota, "1kb", "1048576gb")),
		fileMaxAgeMs:
			raw.fileMaxAge === undefined ? undefined : attempt("fileMaxAge", () => ageMs(raw.fileMaxAge as string)),
		metrics: raw.metrics,
		ui: raw.ui,
		usage: raw.usage,
		answerAgeMs: attempt("answerAge", () => parseDurationMs(raw.answerAge)),
		graceMs: attempt("grace", () => parseTimerMs(raw.grace, 0)),
		backgroundMax: raw.backgroundMax,
		backgroundOwnerMax: raw.backgroundOwnerMax,
		batchConcurrency: raw.batchConcurrency,
		batchOwnerMax: raw.batchOwnerMax,
		batchMaxAgeMs: attempt("batchMaxAge", () => ageMs(raw.batchMaxAge)),
		backgroundTimeoutMs: attempt("backgroundTimeout", () => parseTimerMs(raw.backgroundTimeout)),
		cacheMemoryBytes: attempt("cacheMemory", () => sizeBytes(raw.cacheMemory, "1mb", "64gb")),
		cacheStoreBytes: attempt("cacheStore", () => sizeOrNone(raw.cacheStore, "1mb", "1024gb")),
		usageMaxAgeMs: attempt("usageMaxAge", () => ageMs(raw.usageMaxAge)),
		usageTags: raw.usageTag ?? [],
		sessionHeaders: sessionHeadersOf(raw),
		logFormat: raw.logFormat,
		logLevel: raw.logLevel,
		requireKeys: raw.requireKeys,
		sealSecrets: raw.sealSecret === undefined ? [] : attempt("sealSecret", () => secretsIn(raw.sealSecret as string)),
		adminKey: raw.adminKey === undefined ? undefined : attempt("adminKey", () => headerSafe(raw.adminKey as string)),
		limitQueue: raw.limitQueue,
		redisUrl: raw.redis === undefined ? undefined : attempt("redis", () => redisUrl(raw.redis as string)),
		redisFailure: raw.redisFailure,
	};
}
