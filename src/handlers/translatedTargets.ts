/** Whether a request may be translated, which handlers have to prepare for. */
import { targetsOf } from "../admission/tokenNeed.js";
import type { Exchange } from "../exchange/exchange.js";
import type { GatewayServices } from "../middleware/link.js";
import { dialectsFor } from "../providers/provider.js";
import { sentModel } from "../settings/sentModel.js";

/** @returns true if some target of the request's route doesn't speak its dialect */
export function mayBeTranslated({ upstreams }: GatewayServices, { operation, route, model }: Exchange): boolean {
	const { dialect } = operation ?? {};
	if (dialect === undefined || route === undefined) return false;
	return targetsOf(route).some((target) => {
		const { provider } = upstreams.of(target);
		return !dialectsFor(provider, sentModel(target, model)).includes(dialect);
	});
}
