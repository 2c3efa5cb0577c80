/** The chain in force: which plugins a request passes, in which order. Read this to see what happens to a request. */

import { authenticate } from "../middleware/authenticate.js";
import { body } from "../middleware/body.js";
import { cors } from "../middleware/cors.js";
import { errors } from "../middleware/errors.js";
import { exchange } from "../middleware/exchange.js";
import { limits } from "../middleware/limits.js";
import { localNames } from "../middleware/localNames.js";
import { metrics } from "../middleware/metrics.js";
import { prompts } from "../middleware/prompts.js";
import { rateLimit } from "../middleware/rateLimit.js";
import { requestId } from "../middleware/requestId.js";
import { requestLog } from "../middleware/requestLog.js";
import { requestShape } from "../middleware/requestShape.js";
import { resolve } from "../middleware/resolve.js";
import { router } from "../middleware/router.js";
import { securityHeaders } from "../middleware/securityHeaders.js";
import { storeCompletions } from "../middleware/storeCompletions.js";
import { tracing } from "../middleware/tracing.js";
import { usage } from "../middleware/usage.js";
import { validate } from "../middleware/validate.js";
import { verbose } from "../middleware/verbose.js";
import { type Plugin, type Stage, stages } from "../plugin.js";
import type { Settings } from "../settings/settings.js";
import type { LoadedPlugin } from "./loadPlugins.js";

export interface ChainLink {
	stage: Stage;
	plugin: Plugin;
	options: unknown;
	/** `built in`, or the file or package it comes from. */
	source: string;
	/** One of the gateway's own. */
	isOwn: boolean;
}

/** The gateway's own plugins of each stage; a user's stand behind them. */
function builtIn(settings: Settings, isTracing: boolean): Record<Stage, Plugin[]> {
	return {
		edge: [
			requestId,
			securityHeaders,
			errors,
			exchange,
			...(isTracing ? [tracing] : []),
			...(settings.metrics ? [metrics] : []),
			...(settings.usage ? [usage] : []),
			...(settings.logFormat === "json" ? [requestLog] : []),
			...(settings.verbose ? [verbose] : []),
			requestShape,
			localNames,
			...(settings.corsOrigins.length > 0 ? [cors] : []),
		],
		authenticated: [router, authenticate, rateLimit],
		validated: [body, prompts, validate, resolve],
		upstream: [storeCompletions, limits],
	};
}

/** Each stage in turn: the gateway's own plugins, and behind them the user's in the order of the command line. */
export function chainInForce(settings: Settings, plugins: readonly LoadedPlugin[], isTracing: boolean): ChainLink[] {
	const own = builtIn(settings, isTracing);
	return stages.flatMap((stage) => [
		...own[stage].map((plugin) => ({ stage, plugin, options: {}, source: "built in", isOwn: true })),
		...plugins
			.filter(({ plugin }) => plugin.stage === stage && plugin.middleware)
			.map(({ plugin, options, source }) => ({ stage, plugin, options, source, isOwn: false })),
	]);
}
