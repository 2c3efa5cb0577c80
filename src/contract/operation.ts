/** One operation of the contract with its policy and its compiled validators, made once at start. */
import type { ValidateFunction } from "ajv";
import type { Operation as OpenApiOperation } from "openapi-backend";
import type { Dialect } from "../dialects/dialect.js";
import { dialects } from "../dialects/dialects.js";
import { messageOf } from "../errors/problem.js";
import type { FormProperties } from "../forms/formJson.js";
import type { JsonObject } from "../json/jsonTypes.js";
import { NameScope, type NameTree, namesOf } from "../json/memberNames.js";
import type { LimitPolicy, LimitSet } from "../settings/limitSettings.js";
import { parseBytes, parseTimerMs } from "../settings/quantity.js";
import type { Route } from "../settings/routes.js";
import { wholeSchema } from "../settings/settingsSchemas.js";
import { newAjv } from "./ajv.js";
import type { DefaultFill } from "./defaults.js";
import { readDefaults } from "./defaults.js";
import { upstreamNames } from "./upstreamNames.js";
import { validationError } from "./validationError.js";

const formType = "multipart/form-data";

/** The scope of a limit that the document sets, for all its operations together. */
export const sharedScope = "all";
/** The same of limits on what is used. */
export const sharedLimitsScope = "all";

/** How many requests a client may make in a window. `scope` names what is counted together. */
export interface RateLimitPolicy {
	scope: string;
	max: number;
	windowMs: number;
}

/** Who may ask for an operation: everybody, whoever has a key where keys are in force, or an administrator. */
export type Access = "public" | "key" | "admin";

export interface Operation {
	readonly id: string;
	/** In upper case. */
	readonly method: string;
	/** As in the contract, with `{parameters}`. */
	readonly path: string;
	readonly access: Access;
	/** The permission a key needs. */
	readonly permission: string;
	/** Administrators may use it too, without a key. */
	readonly admitsAdministrators: boolean;
	readonly rateLimit: RateLimitPolicy | undefined;
	/**
	 * `recorded`: its requests leave usage records. `limited`: they also have to keep the limits on what is used, as all do that
	 * are forwarded with a body.
	 */
	readonly usage: "recorded" | "limited" | undefined;
	/** How much one client may use; undefined if its requests aren't limited. */
	readonly limits: LimitPolicy | undefined;
	/** Users' plugins after the `edge` stage see its requests. */
	readonly asksPlugins: boolean;
	readonly maxBodyBytes: number | undefined;
	/** Longest wait for the upstream's first byte; undefined for the setting's. */
	readonly timeoutMs: number | undefined;
	/** The path it is forwarded to, below the upstream's base path; undefined if the gateway answers itself. */
	readonly upstreamPath: string | undefined;
	/** Further paths at which it is served, with the same parameters. */
	readonly otherPaths: readonly string[];
	/** Its answers are streams, whatever the body says. */
	readonly isStream: boolean;
	/** The operations that its WebSockets' turns are; undefined if it is for HTTP alone, or for sessions. */
	readonly webSocket: WebSocketExtension | undefined;
	/** Its WebSockets are sessions, and name their model here; undefined if they are none. */
	readonly session: SessionExtension | undefined;
	/** Names of the query's parameters. */
	readonly queryNames: ReadonlySet<string>;
	/** In which wire format requests and answers are written; undefined where nobody but the upstream reads them. */
	readonly dialect: Dialect | undefined;
	readonly takesBody: boolean;
	/** Schemas of the members of its `multipart/form-data`; undefined if it takes none. */
	readonly formProperties: FormProperties | undefined;
	/** It also takes a text in place of the form; undefined if it doesn't. */
	readonly textField: TextField | undefined;
	/** It takes JSON. */
	readonly takesJson: boolean;
	readonly requiresBody: boolean;
	readonly multiSegmentParameters: ReadonlySet<string>;
	readonly defaults: readonly DefaultFill[];
	/** Members of a body that the gateway or an upstream acts on. */
	readonly bodyNames: NameScope | undefined;
	/** The routes to which all below its path is passed unread; undefined for operations of the contract. */
	readonly passedTo?: readonly Route[] | undefined;
	/** Compiles its validators ahead of its first request. */
	compile(): void;
	/**
	 * @param outline see `ReadBody`: what is right with it is right with the body, whose long texts `bodyNames` leaves free
	 * @throws GatewayError 400 that names the place and the reason.
	 */
	validateBody(body: unknown, outline?: unknown): void;
	/**
	 * @param request its query is parsed only for an operation that has parameters
	 * @returns the query's parameters that the contract knows, in their types and with their defaults
	 * @throws GatewayError 400 that names the parameter and the reason.
	 */
	validateParameters(
		path: Record<string, string>,
		request: { readonly query: Record<string, unknown> },
	): Record<string, unknown>;
}

/** A body that is the whole of one field of a form. */
export interface TextField {
	/** The body's media type. */
	readonly type: string;
	/** The field. */
	readonly name: string;
}

/** Where a session names its model: in the handshake's query, or in the client's first frame. */
export type SessionExtension = "query" | "first-frame";

export type RateLimitExtension = false | { max: number; window: string };
export type LimitsExtension = false | LimitSet;

/** Operations by id. */
export interface WebSocketExtension {
	/** The one that a turn is. */
	readonly turn: string;
	/** The one that a turn is which generates nothing. */
	readonly warmUp: string;
}

interface Extensions {
	"x-websocket"?: { turn: string; "warm-up": string } | { session: SessionExtension };
	"x-rate-limit"?: RateLimitExtension;
	"x-limits"?: LimitsExtension;
	"x-usage"?: "recorded" | "limited";
	"x-permission"?: string;
	"x-plugins"?: boolean;
	"x-max-body"?: string;
	"x-timeout"?: string;
	"x-upstream"?: string;
	"x-dialect"?: string;
	"x-paths"?: string[];
	"x-stream"?: boolean;
}

interface MediaType {
	schema?: JsonObject;
	"x-field"?: string;
}

interface Parameter {
	name: string;
	in: string;
	style?: string;
	schema?: { type?: unknown };
	"x-multi-segment"?: boolean;
}

/** Context for reading an operation. */
interface Reading {
	/** The document's own limit, which counts all operations without one together. */
	shared: RateLimitPolicy | undefined;
	sharedLimits: LimitPolicy | undefined;
	validatorsOf(id: string): ValidateFunction[] | null;
	/** Its schemas are compiled now, and defaults held against them, so that what is wrong with them is found. */
	compileNow: boolean;
	/** Takes each thing that is wrong with it, so that all are reported at once. */
	report(message: string): void;
}

/** Reads one operation of the dereferenced document. @throws Error when it has no operationId. */
export function readOperation(definition: OpenApiOperation & Extensions, reading: Reading): Operation {
	const id = definition.operationId;
	if (!id) throw new Error(`${definition.method.toUpperCase()} ${definition.path} has no operationId`);
	const parameters = (definition.parameters ?? []) as Parameter[];
	const body = definition.requestBody as { required?: boolean; content: Record<string, MediaType> };
	const jsonSchema = body?.content["application/json"]?.schema;
	const formSchema = body?.content[formType]?.schema;
	// Where both are taken, they have the same members.
	const bodySchema = jsonSchema ?? formSchema;
	let bodyNames: NameScope | undefined;
	let compiled: ValidateFunction[] | undefined;
	const validators = () => {
		compiled ??= parameters.length > 0 || bodySchema ? (reading.validatorsOf(id) ?? []) : [];
		return compiled;
	};
	if (reading.compileNow) validators();
	const declaredQuery = parameters.filter((parameter) => parameter.in === "query");
	const extension = <T>(name: keyof Extensions, read: (text: string) => T): T | undefined => {
		try {
			return definition[name] === undefined ? undefined : read(definition[name] as string);
		} catch (error) {
			reading.report(`${name} of ${id}: ${messageOf(error)}`);
			return undefined;
		}
	};
	const own = definition["x-rate-limit"];
	const ownLimits = definition["x-limits"];
	const { webSocket, session } = webSocketOf(definition["x-websocket"]);
	// What a session begins with is its body.
	const takesBody = bodySchema !== undefined || session !== undefined;
	const usage =
		extension("x-usage", usageNamed) ?? (definition["x-upstream"] !== undefined && takesBody ? "limited" : undefined);
	const defaults = bodySchema ? readDefaults(bodySchema) : [];
	if (reading.compileNow)
		for (const reason of wrongDefaults(defaults, bodySchema)) reading.report(`default of ${id}: ${reason}`);
	return {
		id,
		method: definition.method.toUpperCase(),
		path: definition.path,
		access: accessOf(definition.security),
		permission: definition["x-permission"] ?? "api",
		admitsAdministrators: definition.security?.some(isAdmin) ?? false,
		rateLimit:
			own === undefined
				? reading.shared
				: readRateLimit(own, id, (message) => reading.report(`x-rate-limit of ${id}: ${message}`)),
		usage,
		limits: limitsOf(usage === "limited", ownLimits, id, reading),
		asksPlugins: definition["x-plugins"] !== false,
		maxBodyBytes: extension("x-max-body", parseBytes),
		timeoutMs: extension("x-timeout", parseTimerMs),
		upstreamPath: extension("x-upstream", upstreamPath),
		otherPaths: definition["x-paths"] ?? [],
		isStream: definition["x-stream"] === true,
		webSocket,
		session,
		queryNames: new Set(declaredQuery.map(({ name }) => name)),
		dialect: extension("x-dialect", dialectNamed),
		takesBody,
		takesJson: jsonSchema !== undefined,
		textField: body && textFieldIn(body.content),
		formProperties: formSchema && ((formSchema.properties ?? {}) as FormProperties),
		requiresBody: body?.required === true,
		multiSegmentParameters: new Set(parameters.filter((p) => p["x-multi-segment"]).map(({ name }) => name)),
		defaults,
		get bodyNames() {
			if (body !== undefined) bodyNames ??= new NameScope(namesOf(bodySchema, otherNames(definition, bodySchema)));
			return bodyNames;
		},
		compile: () => void validators(),
		validateBody(value, outline) {
			const validate = bodySchema && validators()[0];
			if (validate === undefined || (outline !== undefined && validate({ requestBody: outline }))) return;
			if (!validate({ requestBody: value })) throw validationError(validate.errors, value);
		},
		validateParameters(path, request) {
			const validate = parameters.length > 0 ? validators().at(-1) : undefined;
			if (!validate) return {};
			const { query } = request;
			const known: Record<string, unknown> = {};
			for (const { name, style, schema } of declaredQuery) {
				const given =
					style === "deepObject"
						? (deepObject(name, query) ?? query[name])
						: schema?.type === "array"
							? listIn(name, query)
							: query[name];
				if (given !== undefined) known[name] = given;
			}
			const value = { path: { ...path }, query: known };
			if (!validate(value)) throw validationError(validate.errors, value);
			return known;
		},
	};
}

/** Names that upstreams act on, in what is forwarded now or kept as a prompt for later requests. */
function otherNames({ "x-upstream": path }: Extensions, { properties }: JsonObject = {}): NameTree {
	if (path !== undefined) return upstreamNames;
	const isPrompt = properties !== undefined && Object.hasOwn(properties as object, "parameters");
	return isPrompt ? { parameters: upstreamNames, messages: upstreamNames.messages ?? {} } : {};
}

function textFieldIn(content: Record<string, MediaType>): TextField | undefined {
	for (const [type, { "x-field": name }] of Object.entries(content)) if (name !== undefined) return { type, name };
	return undefined;
}

function webSocketOf(extension: Extensions["x-websocket"]): Pick<Operation, "webSocket" | "session"> {
	if (extension === undefined) return { webSocket: undefined, session: undefined };
	if ("session" in extension) return { webSocket: undefined, session: extension.session };
	return { webSocket: { turn: extension.turn, warmUp: extension["warm-up"] }, session: undefined };
}

function isAdmin(requirement: object): boolean {
	return Object.hasOwn(requirement, "admin");
}

/** As `security` says (OpenAPI 3.1 §4.8.30): an empty list is for everybody, the scheme `admin` alone for administrators. */
function accessOf(security: OpenApiOperation["security"]): Access {
	if (security?.length === 0) return "public";
	return security?.every(isAdmin) ? "admin" : "key";
}

/** `name[key]=value`, as a query writes an object (OpenAPI 3.1 §4.8.12.2); undefined if there is no such pair. */
function deepObject(name: string, query: Record<string, unknown>): Record<string, unknown> | undefined {
	const pairs = Object.entries(query)
		.filter(([key]) => key.startsWith(`${name}[`) && key.endsWith("]"))
		.map(([key, value]) => [key.slice(name.length + 1, -1), value] as const);
	return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** `name=a,b`, `name=a&name=b`, or `name[]=a`, as OpenAI's clients write lists. */
function listIn(name: string, query: Record<string, unknown>): string[] | undefined {
	const given = query[name] ?? query[`${name}[]`];
	return given === undefined ? undefined : [given].flat().flatMap((part) => String(part).split(","));
}

/** Defaults are not validated with the request, so they must fit from the start. */
function wrongDefaults(defaults: readonly DefaultFill[], schema: JsonObject = {}): string[] {
	const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
	return defaults.flatMap(({ property, value }) => {
		const validate = newAjv().compile(properties[property] ?? {});
		if (validate(value)) return [];
		const { parentSchema, message } = validate.errors?.[0] ?? {};
		const own = (parentSchema as { "x-error-message"?: string } | undefined)?.["x-error-message"];
		return [`${property} can't be ${JSON.stringify(value)} (${own ?? message})`];
	});
}

function upstreamPath(path: string): string {
	if (typeof path !== "string" || !/^\/[^\s?#]*$/.test(path)) throw new Error("must be a path that begins with /");
	return path;
}

/** The policy that `x-rate-limit` describes; none where it is `false`, or wrong, which is reported. */
export function readRateLimit(
	extension: RateLimitExtension | undefined,
	scope: string,
	report: (message: string) => void,
): RateLimitPolicy | undefined {
	if (extension === undefined || extension === false) return undefined;
	try {
		const { max, window } = extension ?? {};
		if (!Number.isInteger(max) || max < 1) throw new Error("max must be a whole number above 0");
		if (window === undefined) throw new Error("it needs a window such as 15m");
		return { scope, max, windowMs: parseTimerMs(window) };
	} catch (error) {
		report(messageOf(error));
		return undefined;
	}
}

function limitsOf(
	isLimited: boolean,
	own: LimitsExtension | undefined,
	id: string,
	{ sharedLimits, report }: Reading,
): LimitPolicy | undefined {
	if (own === undefined) return isLimited ? sharedLimits : undefined;
	const policy = readLimitPolicy(own, id, (message) => report(`x-limits of ${id}: ${message}`));
	if (own !== false && !isLimited)
		report(
			`x-limits of ${id}: it has a meaning only for operations with x-upstream that take a body, or with x-usage: limited`,
		);
	return policy;
}

let validateLimits: ValidateFunction | undefined;

/** The policy that `x-limits` describes; none where it is `false`, or wrong, which is reported. */
export function readLimitPolicy(
	extension: LimitsExtension | undefined,
	scope: string,
	report: (message: string) => void,
): LimitPolicy | undefined {
	if (extension === undefined || extension === false) return undefined;
	validateLimits ??= newAjv().compile(wholeSchema("LimitsConfig"));
	if (validateLimits(extension)) return { scope, limits: extension };
	const [error] = validateLimits.errors ?? [];
	const name = error?.params.additionalProperty ?? error?.instancePath.slice(1);
	const own = (error?.parentSchema as { "x-error-message"?: string } | undefined)?.["x-error-message"];
	report(
		error?.keyword === "additionalProperties" ? `there is no ${name}` : `${name} ${own ?? error?.message}`.trimStart(),
	);
	return undefined;
}

function usageNamed(name: string): "recorded" | "limited" {
	if (name !== "recorded" && name !== "limited") throw new Error(`must be recorded or limited, not ${name}`);
	return name;
}

/** @throws Error that names the dialects there are. */
function dialectNamed(name: string): Dialect {
	const dialect = dialects.get(name);
	if (dialect === undefined) throw new Error(`must be one of ${[...dialects.keys()].join(", ")}, not ${name}`);
	return dialect;
}
