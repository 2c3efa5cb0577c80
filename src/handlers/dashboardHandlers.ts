/** The dashboard's page and its files. They hold no data: what the page shows, it asks the API for. */
import { fileURLToPath } from "node:url";
import { notFound } from "../contract/operation.js";
import type { GatewayError } from "../errors/gatewayError.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { dashboardPolicy } from "../middleware/securityHeaders.js";
import { sendAsset } from "./assets.js";
import type { Handlers } from "./handlerTypes.js";

/** Where `npm run build` puts what it makes of `ui/`, for the program as it is built and for tests of its sources. */
const root = fileURLToPath(new URL("../../dist/ui", import.meta.url));

const yearMs = 365 * 24 * 3_600_000;

export function dashboardHandlers({ settings }: GatewayServices): Pick<Handlers, "getDashboard" | "getDashboardAsset"> {
	async function sendFile(ctx: GatewayContext, name: string, options: object): Promise<undefined> {
		if (!settings.ui) throw notFound("This gateway shows no dashboard: it was started with --no-ui.", "ui_off");
		if (!(await sendAsset(ctx, name, { root, ...options }))) throw nothingAt(name);
		return undefined;
	}
	return {
		async getDashboard(ctx) {
			await dashboardPolicy(ctx as never, async () => {});
			await sendFile(ctx, "index.html", {});
			ctx.set("cache-control", "no-cache");
			return undefined;
		},
		getDashboardAsset(ctx) {
			const name = ctx.params.asset ?? "";
			// The page is at /ui, where its policy comes with it.
			if (!/\.(js|css|svg)$/.test(name)) throw nothingAt(name);
			return sendFile(ctx, name, { maxAge: yearMs, immutable: true });
		},
	};
}

function nothingAt(name: string): GatewayError {
	return notFound(`There is no file ${name} in the dashboard.`, "unknown_url");
}
