/** Requests for pictures. Those of a form go along as data URLs where an upstream is asked in another dialect. */
import { targetsOf } from "../admission/tokenNeed.js";
import type { Exchange } from "../exchange/exchange.js";
import { picturesOf } from "../forms/pictures.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { dialectsFor } from "../providers/provider.js";
import { sentModel } from "../settings/sentModel.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";

type ImageHandlers = Pick<Handlers, "createImage" | "createImageEdit" | "createImageVariation">;

export function imageHandlers(gateway: GatewayServices): ImageHandlers {
	const withPictures = async (ctx: GatewayContext) => {
		const { exchange } = ctx.state;
		const { form } = exchange;
		const isNeeded = form?.contents !== undefined && mayBeTranslated(gateway, exchange);
		return forward(gateway, ctx, isNeeded ? { files: await picturesOf(form) } : {});
	};
	return {
		createImage: (ctx) => forward(gateway, ctx),
		createImageEdit: withPictures,
		createImageVariation: withPictures,
	};
}

function mayBeTranslated({ upstreams }: GatewayServices, { operation, route, model }: Exchange): boolean {
	const { dialect } = operation ?? {};
	if (dialect === undefined || route === undefined) return false;
	return targetsOf(route).some((target) => {
		const { provider } = upstreams.of(target);
		return !dialectsFor(provider, sentModel(target, model)).includes(dialect);
	});
}
