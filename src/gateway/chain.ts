/** The chain in force: which plugins a request passes, in which order. Read this to see what happens to a request. */

import { authenticate } from "../middleware/authenticate.js";
import { background } from "../middleware/background.js";
import { body } from "../middleware/body.js";
import { cache } from "../middleware/cache.js";
import { cachedAnswer } from "../middleware/cachedAnswer.js";
import { calls } from "../middleware/calls.js";
import { cors } from "../middleware/cors.js";
import { errors } from "../middleware/errors.js";
import { exchange } from "../middleware/exchange.js";
import { files } from "../middleware/files.js";
import { inlineFiles } from "../middleware/inlineFiles.js";
import { inputContext } from "../middleware/inputContext.js";
import { limits } from "../middleware/limits.js";
import type { Link } from "../middleware/link.js";
import { localNames } from "../middleware/localNames.js";
import { mcp } from "../middleware/mcp.js";
import { metrics } from "../middleware/metrics.js";
import { promptCache } from "../middleware/promptCache.js";
import { prompts } from "../middleware/prompts.js";
import { rateLimit } from "../middleware/rateLimit.js";
import { realtime } from "../middleware/realtime.js";
import { replay } from "../middleware/replay.js";
import { requestId } from "../middleware/requestId.js";
import { requestLog } from "../middleware/requestLog.js";
import { requestShape } from "../middleware/requestShape.js";
import { resolve } from "../middleware/resolve.js";
import { responses } from "../middleware/responses.js";
import { router } from "../middleware/router.js";
import { securityHeaders } from "../middleware/securityHeaders.js";
import { sessions } from "../middleware/sessions.js";
import { storeCompletions } from "../middleware/storeCompletions.js";
import { tracing } from "../middleware/tracing.js";
import { usage } from "../middleware/usage.js";
import { validate } from "../middleware/validate.js";
import { verbose } from "../middleware/verbose.js";
import { type Plugin, type Stage, stages } from "../plugin.js";
import type { Settings } from "../settings/settings.js";
import type { LoadedPlugin } from "./loadPlugins.js";

/** One of the gateway's own links, or a user's plugin. */
export type ChainLink = OwnLink | PluginLink;

interface OwnLink {
	readonly isOwn: true;
	readonly stage: Stage;
	readonly plugin: Link;
	readonly source: "built in";
}

interface PluginLink {
	readonly isOwn: false;
	readonly stage: Stage;
	readonly plugin: Plugin;
	readonly options: unknown;
	/** The file or package it comes from. */
	readonly source: string;
}

/** The gateway's own plugins of each stage; a user's plugins come after them. */
function builtIn(settings: Settings, isTracing: boolean): Record<Stage, Link[]> {
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
		validated: [realtime, body, prompts, validate, calls, resolve],
		upstream: [
			files,
			sessions,
			...(settings.answerAgeMs > 0 || settings.backgroundMax > 0 ? [replay] : []),
			background,
			responses,
			...(settings.mcp === undefined ? [] : [mcp]),
			inputContext,
			inlineFiles,
			promptCache,
			storeCompletions,
			...(hasCache(settings) ? [cache, limits, cachedAnswer] : [limits]),
		],
	};
}

function hasCache({ routing }: Settings): boolean {
	return routing.routes.some(({ cache }) => cache !== undefined);
}

/** Each stage in turn: the gateway's own plugins, then the user's in the order of the command line. */
export function chainInForce(settings: Settings, plugins: readonly LoadedPlugin[], isTracing: boolean): ChainLink[] {
	const own = builtIn(settings, isTracing);
	return stages.flatMap((stage): ChainLink[] => [
		...own[stage].map((plugin) => ({ isOwn: true, stage, plugin, source: "built in" }) as const),
		...plugins
			.filter(({ plugin }) => plugin.stage === stage && plugin.middleware)
			.map(({ plugin, options, source }) => ({ isOwn: false, stage, plugin, options, source }) as const),
	]);
}
