/** A configuration file, read, for the settings. */

import type { Problem } from "../../errors/problem.js";
import type { AuthSettings } from "../authSettings.js";
import type { LimitSettings } from "../limitSettings.js";
import type { McpSettings } from "../mcpSettings.js";
import type { ProxyOf } from "../proxy.js";
import type { PriceRule, Routing } from "../routes.js";
import type { WebhookSettings } from "../webhookSettings.js";

/** A configuration file's contents; `readConfig` makes it. */
export interface ConfigFile {
	/** By the names of settings. */
	readonly values: Readonly<Record<string, unknown>>;
	/** Where each of them stands: `llmw.yaml:3:11: bindport`. */
	readonly places: Readonly<Record<string, string>>;
	/** Those with an environment variable or a file's text in them, which no message shows. */
	readonly hidden: ReadonlySet<string>;
	/** Names of the environment variables that it takes. */
	readonly variables: readonly string[];
	readonly problems: readonly Problem[];
	/** The identity provider whose tokens are accepted; undefined if it names none. */
	readonly auth: AuthSettings | undefined;
	/** How much may be used; undefined if it sets no limits. */
	readonly limits: LimitSettings | undefined;
	readonly prices: readonly PriceRule[];
	readonly webhooks: readonly WebhookSettings[];
	/** Undefined if the gateway runs no MCP tools. */
	readonly mcp: McpSettings | undefined;
	/** Makes the file's upstreams and routes, and returns all that is wrong with the file; undefined if it has none. */
	readonly routing: ((limits: UpstreamLimits) => { routing: Routing; problems: readonly Problem[] }) | undefined;
}

/** Longest waits and proxies of upstreams that the file doesn't set for them. */
export interface UpstreamLimits {
	readonly timeoutMs: number;
	readonly idleTimeoutMs: number;
	readonly heartbeatMs: number;
	readonly connectTimeoutMs: number;
	/** As the environment sets it. */
	readonly proxyOf: ProxyOf;
}
