/** Which upstreams keep responses themselves, and whether they can tell one caller's from another's. */
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { dialectsFor } from "../providers/provider.js";
import type { Route, Target } from "../settings/routes.js";
import { sentModel } from "../settings/sentModel.js";
import type { Upstreams } from "../upstream/upstreams.js";

/** @param targets all of the route's @param model as the client names it */
export function isKeptByUpstream(
	{ responsesKeptBy }: Pick<Route, "responsesKeptBy">,
	targets: readonly Target[],
	upstreams: Upstreams,
	model: string | undefined,
): boolean {
	if (responsesKeptBy !== undefined) return responsesKeptBy === "upstream";
	return targets.every((target) => {
		const { settings, provider } = upstreams.of(target);
		const keeps = settings.keepsResponses ?? provider.keepsResponses ?? false;
		return keeps && dialectsFor(provider, sentModel(target, model)).includes(openaiResponses);
	});
}

/**
 * Whether upstreams see whose request it is, although its client has a key of the gateway's: by what it brings beside that. With
 * the gateway's own credential, or with none, they would give each key every response.
 */
export function bringsCredential(targets: readonly Pick<Target, "upstream">[], upstreams: Upstreams): boolean {
	return targets.every((target) => upstreams.of(target).settings.passthroughAuth === true);
}

/** Whether the target is shown the client's own credential, if that is no key of the gateway's. */
export function seesCredential(target: Pick<Target, "upstream">, upstreams: Upstreams): boolean {
	const { forwardsCredential, passthroughAuth } = upstreams.of(target).settings;
	return forwardsCredential || passthroughAuth === true;
}
