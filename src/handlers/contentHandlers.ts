/** Google's generateContent and what belongs to it: forwarded; and tokens, counted by an upstream that can, and else here. */
import { geminiTokenCounts } from "../dialects/gemini/index.js";
import { pathSegment } from "../dialects/pathSegment.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import type { TokenCounter } from "./tokenCounter.js";

type ContentHandlers = Pick<
	Handlers,
	"generateContent" | "streamGenerateContent" | "countContentTokens" | "embedContent" | "batchEmbedContents"
>;

export function contentHandlers(gateway: GatewayServices, counter: TokenCounter): ContentHandlers {
	const forwarded = (ctx: GatewayContext) => forward(gateway, ctx, { path: pathOf(ctx) });
	return {
		generateContent: forwarded,
		streamGenerateContent: (ctx) =>
			ctx.query.alt === "sse"
				? forwarded(ctx)
				: forward(gateway, ctx, { path: pathOf(ctx), search: asEvents(ctx.search) }),
		async countContentTokens(ctx) {
			if (counter.someSpeak(ctx, (dialect) => dialect === geminiTokenCounts)) return forwarded(ctx);
			return { totalTokens: await counter.count(ctx) };
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
