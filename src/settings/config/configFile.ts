/** What a configuration file comes to, for the settings. */

import type { Problem } from "../../errors/problem.js";
import type { AuthSettings } from "../authSettings.js";
import type { LimitSettings } from "../limitSettings.js";
import type { ProxyOf } from "../proxy.js";
import type { PriceRule, Routing } from "../routes.js";

/** What a configuration file says; `readConfig` makes it. */
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
	/** The identity provider whose tokens are taken, where it names one. */
	readonly auth: AuthSettings | undefined;
	/** How much may be used, where it says so. */
	readonly limits: LimitSettings | undefined;
	readonly prices: readonly PriceRule[];
	/** Makes the file's upstreams and routes, where it has any, and says again all that is wrong with the file. */
	readonly routing: ((limits: UpstreamLimits) => { routing: Routing; problems: readonly Problem[] }) | undefined;
}

/** What holds for upstreams where the file says nothing nearer to them: longest waits, and proxies. */
export interface UpstreamLimits {
	readonly timeoutMs: number;
	readonly idleTimeoutMs: number;
	readonly heartbeatMs: number;
	readonly connectTimeoutMs: number;
	/** By the environment. */
	readonly proxyOf: ProxyOf;
}
