/** Requests for pictures. Those of a form go along as data URLs where an upstream is asked in another dialect. */
import { picturesOf } from "../forms/pictures.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import { mayBeTranslated } from "./translatedTargets.js";

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
