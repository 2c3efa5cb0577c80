/** MCP tools that the gateway runs: at which servers, for whom, and how much of it. */

/** `client`: what the client says. `always`: all calls, whatever it says. `never`: none, if it says nothing. */
export type McpApproval = "client" | "always" | "never";

export interface McpServerSettings {
	readonly name: string;
	/** With `*` for any text, in its host or its path. */
	readonly url: string;
	/** Instead of the client's of the same name, in lower case; among them the gateway's own credential. */
	readonly headers: Readonly<Record<string, string>>;
	/** Patterns of tools, routes, and keys' names and teams; undefined for all. */
	readonly tools: readonly string[] | undefined;
	readonly routes: readonly string[] | undefined;
	readonly keys: readonly string[] | undefined;
	readonly teams: readonly string[] | undefined;
	readonly approval: McpApproval;
	/** Of a list, and of a call. */
	readonly timeoutMs: number;
}

export interface McpSettings {
	/** No other server is ever asked. */
	readonly servers: readonly McpServerSettings[];
	/** Patterns of upstreams that run such tools themselves; undefined for those whose vendors do. */
	readonly upstreams: readonly string[] | undefined;
	/** Of the model, for one response. */
	readonly maxTurns: number;
	/** Of tools, in one response. */
	readonly maxCalls: number;
	/** Of a server's answer. */
	readonly maxResultBytes: number;
	/** A list of tools is not asked for again within this time. */
	readonly listAgeMs: number;
	/** Calls leave entries in the audit. */
	readonly audit: boolean;
}
