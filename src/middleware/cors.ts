/** `--cors-origin`: lets pages of the named origins call the gateway (Fetch standard, CORS protocol). */
import koaCors from "@koa/cors";
import { defineLink, type GatewayMiddleware } from "./link.js";

const exposed = [
	"x-request-id",
	"retry-after",
	"x-ratelimit-limit-requests",
	"x-ratelimit-remaining-requests",
	"x-ratelimit-reset-requests",
	"etag",
	"x-llmgw-prompt",
	"cache-status",
	"age",
	"x-llmgw-attempts",
	"x-llmgw-dropped",
	"x-llmgw-truncated",
];

export const cors = defineLink({
	name: "cors",
	stage: "edge",
	middleware: ({ settings }) => {
		const allowed = new Set(settings.corsOrigins);
		return koaCors({
			origin: (ctx) => {
				if (allowed.has("*")) return "*";
				const origin = ctx.get("origin");
				return allowed.has(origin) ? origin : "";
			},
			allowMethods: "GET,HEAD,POST,PUT,PATCH,DELETE",
			exposeHeaders: exposed,
			maxAge: 600,
		}) as unknown as GatewayMiddleware;
	},
});
