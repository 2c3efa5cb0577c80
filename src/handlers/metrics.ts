/** `GET /metrics`: what is counted, over all workers, for Prometheus. */
import { notFound } from "../contract/operation.js";
import { contentType } from "../metrics/exposition.js";
import type { GatewayServices } from "../plugin.js";
import type { Handlers } from "./handlers.js";

export function metricsHandlers({ metrics }: GatewayServices): Pick<Handlers, "getMetrics"> {
	return {
		async getMetrics(ctx) {
			if (metrics === undefined) throw notFound("This gateway counts nothing: metrics are off.", "metrics_off");
			const text = await metrics.scrape();
			ctx.set("content-type", contentType);
			ctx.body = text;
			return undefined;
		},
	};
}
