/** Google's generateContent and what belongs to it: forwarded; and tokens, counted by an upstream that can, and else here. */
import { createTokenNeeds, targetsOf } from "../admission/tokenNeed.js";
import { geminiTokenCounts } from "../dialects/gemini/index.js";
import { asJsonArray } from "../dialects/gemini/jsonArray.js";
import { pathSegment } from "../dialects/pathSegment.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Route } from "../settings/routes.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";

type ContentHandlers = Pick<
	Handlers,
	"generateContent" | "streamGenerateContent" | "countContentTokens" | "embedContent" | "batchEmbedContents"
>;

export function contentHandlers(gateway: GatewayServices): ContentHandlers {
	const { upstreams, settings } = gateway;
	const needs = createTokenNeeds(settings.routing);
	const isCountedThere = (route: Route) =>
		targetsOf(route).some((target) => upstreams.of(target).provider.dialects.includes(geminiTokenCounts));
	const forwarded = (ctx: GatewayContext) => forward(gateway, ctx, pathOf(ctx));
	return {
		generateContent: forwarded,
		async streamGenerateContent(ctx) {
			if (ctx.query.alt === "sse") return forwarded(ctx);
			ctx.state.exchange.beforeDelivery = (answer) => {
				if (answer.isStream && answer.status === 200) asJsonArray(answer);
			};
			return forward(gateway, ctx, pathOf(ctx), asEvents(ctx.search));
		},
		async countContentTokens(ctx) {
			const { exchange } = ctx.state;
			const { route } = exchange;
			if (route === undefined || isCountedThere(route)) return forwarded(ctx);
			const { input } = await needs.of(exchange, route);
			return { totalTokens: input };
		},
		embedContent: forwarded,
		batchEmbedContents: forwarded,
	};
}

/** The path below the API's version, as the client has written it. @throws GatewayError 400 for one that leaves its place */
function pathOf({ path }: GatewayContext): string {
	const below = path.replace(/^\/v1(?:beta)?(?=\/)/, "");
	pathSegment(decodeURIComponent(below));
	return below;
}

/** Upstreams are always asked for events, which can be passed on as they come. */
function asEvents(search: string): string {
	const pairs = search.replace(/^\?/, "").split("&");
	return `?${[...pairs.filter((pair) => pair !== "" && !/^(\$|%24)?alt(=|$)/i.test(pair)), "alt=sse"].join("&")}`;
}
