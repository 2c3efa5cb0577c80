/** The MCP servers that may be asked: which of the configuration's entries a request's server is. */
import { GatewayError } from "../errors/gatewayError.js";
import type { McpServerSettings } from "../settings/mcpSettings.js";
import { compilePattern, compilePatterns, isPattern, type Matches } from "../settings/pattern.js";
import { type DescribedTool, isChosen, type RequestedServer } from "./requestedTools.js";

/** Who asks for it, and by which route. */
export interface Asking {
	readonly route: string;
	readonly key: string | undefined;
	readonly team: string | undefined;
}

/** A server that may be asked, and what it may be asked for. */
export interface AllowedServer {
	/** As the request has it. */
	readonly label: string;
	readonly description: string | undefined;
	/** The entry's. */
	readonly name: string;
	readonly url: URL;
	/** The configuration names its host. */
	readonly mayBePrivate: boolean;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly timeoutMs: number;
	mayUse(tool: DescribedTool): boolean;
	needsApproval(tool: DescribedTool): boolean;
}

/** @throws GatewayError 400 or 403 for a server that may not be asked */
export type AllowList = (server: RequestedServer, asking: Asking) => AllowedServer;

interface Entry {
	readonly settings: McpServerSettings;
	matches(url: URL): boolean;
	/** Undefined for a pattern. */
	readonly url: URL | undefined;
	readonly hasOwnHost: boolean;
	isFor(asking: Asking): boolean;
	readonly tools: Matches;
}

export function createAllowList(servers: readonly McpServerSettings[]): AllowList {
	const entries = servers.map(entryOf);
	return (server, asking) => {
		const url = server.url === undefined ? undefined : urlIn(server);
		const isMeant = (entry: Entry) =>
			url === undefined ? entry.url !== undefined && entry.settings.name === server.label : entry.matches(url);
		const entry = entries.find((one) => isMeant(one) && one.isFor(asking));
		const asked = url ?? entry?.url;
		if (entry === undefined || asked === undefined) throw notAllowed(server);
		return allowed(entry, server, asked);
	};
}

function entryOf(settings: McpServerSettings): Entry {
	const { url: pattern, routes, keys, teams, tools } = settings;
	const [, protocol = "", host = "", path = ""] = /^(https?:)\/\/([^/?]+)(.*)$/i.exec(pattern) ?? [];
	const url = isPattern(pattern) ? undefined : new URL(pattern);
	const isHost = compilePattern(host.toLowerCase());
	const isPath = compilePattern(path.startsWith("/") ? path : `/${path}`);
	const [isRoute, isKey, isTeam] = [routes, keys, teams].map(matcherOf) as [Matches, Matches, Matches];
	return {
		settings,
		url,
		hasOwnHost: !isPattern(host),
		matches: (given) =>
			url === undefined
				? given.protocol === protocol.toLowerCase() && isHost(given.host) && isPath(given.pathname + given.search)
				: given.href === url.href,
		isFor: ({ route, key, team }) =>
			isRoute(route) &&
			(keys === undefined || (key !== undefined && isKey(key))) &&
			(teams === undefined || (team !== undefined && isTeam(team))),
		tools: matcherOf(tools),
	};
}

function matcherOf(patterns: readonly string[] | undefined): Matches {
	return patterns === undefined ? () => true : compilePatterns(patterns);
}

/** What the configuration has goes before what the client says. */
function allowed({ settings, hasOwnHost, tools }: Entry, server: RequestedServer, url: URL): AllowedServer {
	const { label, description, headers, allowed: chosen, approval } = server;
	return {
		label,
		description,
		name: settings.name,
		url,
		mayBePrivate: hasOwnHost,
		headers: { ...headers, ...settings.headers },
		timeoutMs: settings.timeoutMs,
		mayUse: (tool) => tools(tool.name) && (chosen === undefined || isChosen(tool, chosen)),
		needsApproval(tool) {
			if (settings.approval === "always") return true;
			if (approval === undefined) return settings.approval !== "never";
			if (approval.always !== undefined && isChosen(tool, approval.always)) return true;
			return approval.never !== undefined && isChosen(tool, approval.never) ? false : approval.isUsual;
		},
	};
}

function urlIn({ place, url: written = "" }: RequestedServer): URL {
	const url = URL.canParse(written) ? new URL(written) : undefined;
	const param = `tools[${place}].server_url`;
	if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
		throw new GatewayError(400, `'${param}' must be a URL that begins with https:// or http://, without a user.`, {
			code: "invalid_value",
			param,
		});
	url.hash = "";
	return url;
}

/** Whether it is there for others is nobody's business. */
function notAllowed({ place, label, url }: RequestedServer): GatewayError {
	const named = url === undefined ? `'${label}'` : `'${label}' (${url.slice(0, 200)})`;
	return new GatewayError(403, `The MCP server ${named} is not among those that this gateway may ask for you.`, {
		code: "mcp_server_not_allowed",
		param: `tools[${place}].server_url`,
	});
}
