/** Asks the one upstream that has what a request is about, such as a response or a file. */
import { resolveExchange } from "../admission/resolution.js";
import { targetsOf } from "../admission/tokenNeed.js";
import { keeperGone } from "../files/failures.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Route, Target } from "../settings/routes.js";
import type { CallRecord } from "../store/callTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { type Forwarding, forward } from "./forward.js";

export interface AtUpstream {
	readonly upstream: string;
	/** Its route is taken if that leads there. */
	readonly model?: string | undefined;
	/** It concerns no model, so that none is put into its body. */
	readonly isOfNoModel?: boolean;
}

/** @returns undefined if no route leads to the upstream any more. @throws GatewayError 403 if the caller may not use that route */
export function askUpstream(
	gateway: GatewayServices,
	ctx: GatewayContext,
	{ upstream, model, isOfNoModel = false }: AtUpstream,
	forwarding: Forwarding = {},
): Promise<ResponseStream> | undefined {
	const { exchange } = ctx.state;
	const { routes } = gateway.upstreams;
	const at = (route: Route | undefined) => (route === undefined ? [] : targetsAt(route, upstream));
	const leads = (route: Route | undefined) => at(route).length > 0;
	const named = routes.find(model);
	const route = leads(named) ? named : gateway.settings.routing.routes.find(leads);
	if (route === undefined) return undefined;
	resolveExchange(exchange, undefined, { ...routes, find: () => route });
	exchange.pinned = isOfNoModel ? at(route).slice(0, 1).map(ofNoModel) : at(route);
	return forward(gateway, ctx, forwarding);
}

export function targetsAt(route: Route, upstream: string): Target[] {
	return targetsOf(route).filter((target) => target.upstream === upstream);
}

/** @throws GatewayError 404 if the route of its model leads to a call's upstream no more */
export function pinnedTo({ upstream }: CallRecord, route: Route): Target[] {
	const targets = targetsAt(route, upstream);
	if (targets.length === 0) throw keeperGone(upstream);
	return targets;
}

function ofNoModel(target: Target): Target {
	return { ...target, model: undefined };
}
