/** MCP tools that the gateway runs, in the configuration file's words. */
import type { McpServerSettings, McpSettings } from "./mcpSettings.js";
import { formatBytes, formatDuration } from "./quantity.js";

type McpFact = [place: string, fact: { text: string; isHidden?: boolean }];

const list = (values: readonly string[] | undefined) => (values === undefined ? "all" : values.join(", "));

export function mcpFacts(mcp: McpSettings | undefined): McpFact[] {
	if (mcp === undefined) return [];
	const { servers, upstreams, maxTurns, maxCalls, maxResultBytes, listAgeMs, audit } = mcp;
	return [
		["mcp.upstreams", { text: upstreams === undefined ? "by provider" : upstreams.join(", ") || "none" }],
		["mcp.maxTurns", { text: String(maxTurns) }],
		["mcp.maxCalls", { text: String(maxCalls) }],
		["mcp.maxResult", { text: formatBytes(maxResultBytes) }],
		["mcp.listAge", { text: formatDuration(listAgeMs) }],
		["mcp.audit", { text: String(audit) }],
		...servers.flatMap(serverFacts),
	];
}

function serverFacts({ name, url, headers, approval, timeoutMs, ...patterns }: McpServerSettings): McpFact[] {
	const { tools, routes, keys, teams } = patterns;
	const place = `mcp.servers.${name}`;
	return [
		[place, { text: "" }],
		[`${place}.url`, { text: url }],
		[`${place}.headers`, { text: JSON.stringify(headers), isHidden: true }],
		[`${place}.approval`, { text: approval }],
		[`${place}.timeout`, { text: formatDuration(timeoutMs) }],
		...Object.entries({ tools, routes, keys, teams }).map(
			([member, given]): McpFact => [`${place}.${member}`, { text: list(given) }],
		),
	];
}
