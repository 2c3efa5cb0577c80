/** Reads which MCP servers the gateway may ask, and what they get. */
import type { McpServerSettings, McpSettings } from "../mcpSettings.js";
import { parseBytes } from "../quantity.js";
import type { Config, Schemas } from "./configSchema.js";
import type { Path } from "./locatedYaml.js";
import { patternsOf } from "./readCondition.js";
import type { Reader } from "./reader.js";
import { headersOf } from "./readUpstream.js";

const usualTimeoutMs = 60_000;
const usualListAgeMs = 300_000;
const usualResultBytes = 1024 * 1024;

type GivenServer = Partial<Schemas["McpServerConfig"]>;

/** Entries with something wrong in them, which is reported, are left out. */
export function readMcp(given: Config["mcp"], { upstreams }: Config, reader: Reader): McpSettings | undefined {
	if (given === undefined) return undefined;
	const path = ["mcp"];
	const { maxTurns = 16, maxCalls = 64, maxResult, audit = true } = given;
	const passing = patternsOf(given.upstreams as Schemas["PatternsConfig"] | undefined);
	for (const name of passing ?? [])
		if (upstreams !== undefined && !name.includes("*") && !Object.hasOwn(upstreams, name))
			reader.report([...path, "upstreams"], `there is no upstream ${name}`);
	const servers = Object.entries(given.servers ?? {}).flatMap(
		([name, server]) => readServer(name, server ?? {}, reader) ?? [],
	);
	const bytes =
		maxResult === undefined ? undefined : reader.attempt([...path, "maxResult"], () => parseBytes(String(maxResult)));
	return {
		servers,
		upstreams: passing,
		maxTurns,
		maxCalls,
		maxResultBytes: bytes ?? usualResultBytes,
		listAgeMs: reader.duration(given, "listAge", path, 0) ?? usualListAgeMs,
		audit,
	};
}

function readServer(name: string, given: GivenServer, reader: Reader): McpServerSettings | undefined {
	const path = ["mcp", "servers", name];
	const { url: written, tools, routes, keys, teams, approval = "client" } = given;
	const url = written === undefined ? undefined : reader.attempt([...path, "url"], () => serverUrl(written));
	if (url === undefined) return undefined;
	return {
		name,
		url,
		headers: credentialsOf(given, path, reader),
		tools: patternsOf(tools),
		routes: patternsOf(routes),
		keys: patternsOf(keys),
		teams: patternsOf(teams),
		approval,
		timeoutMs: reader.duration(given, "timeout", path) ?? usualTimeoutMs,
	};
}

function credentialsOf({ key: written, headers: given = {} }: GivenServer, path: Path, reader: Reader) {
	const headers = headersOf(given, [...path, "headers"], reader);
	const key = reader.secret(written, [...path, "key"]);
	if (key === undefined) return headers;
	if (headers.authorization !== undefined)
		reader.report([...path, "headers", "authorization"], "can't be set beside `key`", true);
	if (!/^[\x21-\x7e]+$/.test(key)) reader.report([...path, "key"], "must be visible ASCII characters");
	return { ...headers, authorization: `Bearer ${key}` };
}

const form = /^https?:\/\/[^/?#@\s]+([/?][^#\s]*)?$/i;

function serverUrl(text: string): string {
	if (!form.test(text) || !URL.canParse(text.replaceAll("*", "x")))
		throw new Error("must be a URL that begins with https:// or http://, without user, password and fragment");
	return text;
}
