/** The program's settings: read from flags and environment, checked against `components.schemas.Settings` of openapi.yaml. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import { resolve as resolvePath } from "node:path";
import type { components } from "../generated/contract.js";
import { newAjv } from "./ajv.js";
import { readBaseDocument } from "./document.js";
import type { LocatedOverlay } from "./overlay.js";
import { type Problem, Problems } from "./problem.js";
import { parseBytes, parseDurationMs, parseTimerMs } from "./quantity.js";
import type { Routing } from "./routes.js";
import { singleUpstream } from "./singleUpstream.js";
import { userDataFolder } from "./userDataFolder.js";

type Raw = components["schemas"]["Settings"];

/** What the gateway runs with. Plain data: it is sent to the workers as it is. */
export interface Settings {
	readonly bindip: string;
	readonly bindport: number;
	/** The AI hosts, and which requests go to which. */
	readonly routing: Routing;
	readonly verbose: boolean;
	readonly workers: number;
	/** Files, and what was in them when the primary read them for all workers. */
	readonly overlays: readonly string[];
	readonly overlayDocuments?: readonly LocatedOverlay[];
	readonly plugins: readonly string[];
	/** How long a client may take nothing of what waits for it. */
	readonly idleTimeoutMs: number;
	readonly requestTimeoutMs: number;
	readonly maxBodyBytes: number;
	readonly maxHeaderBytes: number;
	readonly maxHeaders: number;
	readonly maxConnections: number;
	readonly trustedProxies: number;
	readonly corsOrigins: readonly string[];
	readonly drainTimeoutMs: number;
	/** Folder of the embedded store; nowhere when nothing names one and there is no home folder. */
	readonly dataFolder: string | undefined;
	/** URL of a PostgreSQL database, with its password: never shown. */
	readonly storeUrl: string | undefined;
	readonly storeAll: boolean;
	/** Stored completions are removed at this age. */
	readonly storeMaxAgeMs: number | undefined;
	readonly storeMaxCount: number | undefined;
}

export interface SettingDefinition {
	name: string;
	flag: string;
	environment: string;
	type: "string" | "integer" | "boolean" | "array";
	description: string;
	default: unknown;
	/** What stands for a value in help; nothing for a switch. */
	placeholder: string;
	isSecret: boolean;
}

interface SettingSchema {
	type: SettingDefinition["type"];
	"x-unit"?: string;
	"x-placeholder"?: string;
	"x-secret"?: boolean;
	description?: string;
	default?: unknown;
}

let loaded: { schema: object; definitions: SettingDefinition[] } | undefined;

function settingsSchema() {
	if (loaded) return loaded;
	const { components: all } = readBaseDocument() as unknown as { components: { schemas: Record<string, object> } };
	const schema = all.schemas.Settings as { properties: Record<string, SettingSchema> };
	const definitions = Object.entries(schema.properties).map(([name, property]) => {
		const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
		return {
			name,
			flag: kebab,
			environment: `LLMW_${kebab.replaceAll("-", "_").toUpperCase()}`,
			type: property.type,
			description: property.description ?? "",
			default: property.default,
			placeholder: placeholderOf(property),
			isSecret: property["x-secret"] === true,
		};
	});
	loaded = { schema, definitions };
	return loaded;
}

function placeholderOf(schema: SettingSchema): string {
	if (schema.type === "boolean") return "";
	return schema["x-placeholder"] ?? schema["x-unit"]?.toUpperCase() ?? "N";
}

/** Every setting with its flag, its environment variable and its default, in the contract's order. */
export function settingDefinitions(): readonly SettingDefinition[] {
	return settingsSchema().definitions;
}

/**
 * Settings from flags, then environment, then the contract's defaults.
 *
 * @param flags as the command line gave them, by flag name: text, `true`, or a list of either
 * @throws Problems that name each flag or variable and what would be right.
 */
export function readSettings(flags: Readonly<Record<string, unknown>>, environment: NodeJS.ProcessEnv): Settings {
	const { settings, problems } = inspectSettings(flags, environment);
	if (problems.length > 0) throw new Problems(problems);
	return settings;
}

/** Like `readSettings`, for a look at everything that is wrong: a setting with a problem has its default. */
export function inspectSettings(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
): { settings: Settings; problems: Problem[] } {
	const { schema, definitions } = settingsSchema();
	const values: Record<string, unknown> = {};
	const sources: Record<string, string> = {};
	const unreadable: Problem[] = [];
	for (const definition of definitions) {
		const { name, flag, environment: variable } = definition;
		const fromFlag = flags[flag];
		const fromEnvironment = environment[variable];
		if (fromFlag !== undefined) {
			sources[name] = `--${flag}`;
			values[name] = coerce(fromFlag, definition);
		} else if (fromEnvironment !== undefined && fromEnvironment !== "") {
			sources[name] = variable;
			const list = splitList(fromEnvironment, definition);
			if (list === undefined)
				unreadable.push({ where: variable, message: 'must be a JSON array such as ["a.yaml","b.yaml"], or one value' });
			else values[name] = coerce(list, definition);
		} else if (definition.default !== undefined) {
			values[name] = definition.default;
		}
	}
	const sourceOf = (name: string) => sources[name] ?? `--${name}`;
	const wrong = checkSchema(schema, values, definitions, sourceOf);
	for (const { name, default: byDefault } of definitions) if (wrong.has(name)) values[name] = byDefault;
	const { settings, problems } = resolve(values as Raw, sourceOf, environment, sources.aihostport !== undefined);
	return { settings, problems: [...unreadable, ...wrong.values(), ...problems] };
}

/** An environment variable gives a list as a JSON array, or one value; `undefined` is an array that is not written well. */
function splitList(text: string, { type }: SettingDefinition): unknown {
	if (type !== "array" || !text.startsWith("[")) return text;
	try {
		return JSON.parse(text);
	} catch {
		return /^\[\s*"/.test(text) ? undefined : text;
	}
}

/** Text from a command line in the type the schema asks for; what doesn't fit is left for the schema to refuse. */
function coerce(value: unknown, { type }: SettingDefinition): unknown {
	if (type === "array") return [value].flat().map((item) => (item === true ? "" : String(item)));
	const last = Array.isArray(value) ? value.at(-1) : value;
	if (type === "boolean") {
		if (last === "true" || last === "1") return true;
		return last === "false" || last === "0" ? false : last;
	}
	if (last === true) return "";
	if (type === "integer") return /^\d{1,15}$/.test(String(last)) ? Number(last) : last;
	return String(last);
}

/** The first problem of each setting that has one, by the setting's name. */
function checkSchema(
	schema: object,
	values: object,
	definitions: readonly SettingDefinition[],
	sourceOf: (name: string) => string,
): Map<string, Problem> {
	const validate = newAjv({ allErrors: true }).compile(schema);
	validate(values);
	const byPlace = new Map<string, Problem>();
	for (const error of validate.errors ?? []) {
		const [, name = ""] = error.instancePath.split("/");
		if (byPlace.has(name)) continue;
		const own = (error.parentSchema as { "x-error-message"?: string })["x-error-message"];
		const isSecret = definitions.some((definition) => definition.name === name && definition.isSecret);
		byPlace.set(name, { where: sourceOf(name), message: (own ?? error.message ?? "") + shown(error.data, isSecret) });
	}
	return byPlace;
}

function shown(given: unknown, isSecret: boolean): string {
	if (given === "") return " (no value was given)";
	return isSecret ? "" : ` (got ${JSON.stringify(given)})`;
}

function resolve(
	raw: Raw,
	sourceOf: (name: string) => string,
	environment: NodeJS.ProcessEnv,
	isPortGiven: boolean,
): { settings: Settings; problems: Problem[] } {
	const problems: Problem[] = [];
	const attempt = <T>(name: string, read: () => T): T => {
		try {
			return read();
		} catch (error) {
			problems.push({ where: sourceOf(name), message: (error as Error).message });
			return undefined as T;
		}
	};
	const idleTimeoutMs = attempt("idleTimeout", () => parseTimerMs(raw.idleTimeout));
	const settings: Settings = {
		bindip: attempt("bindip", () => bindAddress(raw.bindip)),
		bindport: raw.bindport,
		routing: singleUpstream({
			url: attempt("aihost", () => upstreamUrl(raw.aihost, raw.aihostport, isPortGiven)),
			key: raw.aikey === undefined ? undefined : attempt("aikey", () => headerSafe(raw.aikey as string)),
			ca: raw.cacert === undefined ? undefined : attempt("cacert", () => readCertificates(raw.cacert as string)),
			insecure: raw.insecure,
			connectTimeoutMs: attempt("connectTimeout", () => parseTimerMs(raw.connectTimeout)),
			timeoutMs: attempt("timeout", () => parseTimerMs(raw.timeout)),
			idleTimeoutMs,
		}),
		verbose: raw.verbose,
		workers: raw.workers ?? availableParallelism(),
		overlays: raw.overlay ?? [],
		plugins: raw.plugin ?? [],
		idleTimeoutMs,
		requestTimeoutMs: attempt("requestTimeout", () => parseTimerMs(raw.requestTimeout)),
		// A body is parsed as one string, of which V8 has none of 512 MB.
		maxBodyBytes: attempt("maxBody", () => sizeBytes(raw.maxBody, "1kb", "511mb")),
		maxHeaderBytes: attempt("maxHeaderSize", () => sizeBytes(raw.maxHeaderSize, "1kb", "1mb")),
		maxHeaders: raw.maxHeaders,
		maxConnections: raw.maxConnections,
		trustedProxies: raw.trustProxy,
		corsOrigins: raw.corsOrigin ?? [],
		drainTimeoutMs: attempt("drainTimeout", () => parseTimerMs(raw.drainTimeout, 0)),
		dataFolder: raw.data === undefined ? userDataFolder(environment) : resolvePath(raw.data),
		storeUrl: raw.store === undefined ? undefined : attempt("store", () => databaseUrl(raw.store as string)),
		storeAll: raw.storeAll,
		storeMaxAgeMs:
			raw.storeMaxAge === undefined ? undefined : attempt("storeMaxAge", () => ageMs(raw.storeMaxAge as string)),
		storeMaxCount: raw.storeMaxCount,
	};
	return { settings, problems };
}

/** @throws Error when it is not between these. */
function sizeBytes(text: string, least: string, most: string): number {
	const bytes = parseBytes(text);
	if (bytes < parseBytes(least) || bytes > parseBytes(most))
		throw new Error(`must be from ${least} to ${most} (got ${text})`);
	return bytes;
}

/** An age is no timer's: it may be months. */
function ageMs(text: string): number {
	const ms = parseDurationMs(text);
	if (ms < 1) throw new Error("must be longer than 0");
	return ms;
}

/** The URL holds a password, so what is wrong with it is said without showing it. */
function databaseUrl(text: string): string {
	let url: URL;
	try {
		url = new URL(text);
	} catch {
		throw new Error("is not a URL such as postgres://USER:PASSWORD@HOST/DATABASE");
	}
	// Without a host, a socket's folder is named by ?host=/run/postgresql.
	if (url.pathname.length < 2) throw new Error("names no database: postgres://USER:PASSWORD@HOST/DATABASE");
	return text;
}

function bindAddress(address: string): string {
	const bare = address.replace(/^\[(.*)\]$/, "$1");
	if (isIP(bare) === 0 && bare !== "localhost") throw new Error(`"${address}" is not an IP address`);
	return bare;
}

/**
 * The AI host's base URL: as an OpenAI SDK's `base_url`, paths such as `/chat/completions` are put behind it.
 * A host without a path gets `/v1`. Port 443 means https unless a URL says otherwise, any other port http.
 *
 * @param isPortGiven the port is not just the default, so it holds for a URL without a port too
 * @throws Error when the host is no name, IP address or http(s) URL, or names another port.
 */
export function upstreamUrl(host: string, port: number, isPortGiven = false): string {
	const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(host);
	const authority = isIP(host) === 6 ? `[${host}]` : host;
	const namedPort = Number(/:(\d+)$/.exec(authority)?.[1] ?? port);
	const text = isUrl ? host : `${namedPort === 443 ? "https" : "http"}://${authority}`;
	// Before anything shows it, since a password may stand in it.
	if (/^[^/?#]*@/.test(text.replace(/^.*?:\/\//, "")))
		throw new Error("must hold no user name or password; use --aikey");
	let url: URL;
	try {
		url = new URL(text);
	} catch {
		// A password with a slash in it is not found by the check above.
		throw new Error(`${host.includes("@") ? "it" : `"${host}"`} is not a host name, an IP address or a URL`);
	}
	if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error(`"${host}" must be an http or https URL`);
	if (url.search || url.hash) throw new Error(`"${host}" must have no query and no fragment`);
	if (!isUrl && url.pathname !== "/") throw new Error(`"${host}" has a path: write a whole URL, http://${host}`);
	const namesPort = /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*):\d+/i.test(text);
	const ownPort = namesPort ? url.port || defaultPort(url) : undefined;
	if (isPortGiven && ownPort !== undefined && ownPort !== String(port))
		throw new Error(`names port ${ownPort}, but --aihostport says ${port}`);
	const effectivePort = ownPort ?? (isUrl && !isPortGiven ? defaultPort(url) : String(port));
	const path = url.pathname.replace(/\/+$/, "");
	return `${url.protocol}//${url.hostname}:${effectivePort}${path === "" ? "/v1" : path}`;
}

function defaultPort(url: URL): string {
	return url.protocol === "https:" ? "443" : "80";
}

/** A credential as it is. @throws Error where it can't be sent in a header, without showing it. */
export function headerSafe(key: string): string {
	if (!/^[\x21-\x7e]+$/.test(key)) throw new Error("must be visible ASCII characters without spaces");
	return key;
}

function readCertificates(file: string): string {
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		throw new Error(`can't read ${file} (${(error as NodeJS.ErrnoException).code ?? error})`);
	}
	if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error(`${file} holds no PEM certificate`);
	return text;
}
