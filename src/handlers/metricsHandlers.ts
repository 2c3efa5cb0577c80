/** Metrics across all workers: for Prometheus at `GET /metrics`, and the last minutes for the dashboard. */

import type { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import { contentType } from "../metrics/exposition.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Handlers } from "./handlerTypes.js";

export function metricsHandlers({ metrics }: GatewayServices): Pick<Handlers, "getMetrics" | "getOverview"> {
	return {
		async getMetrics(ctx) {
			if (metrics === undefined) throw metricsOff();
			const text = await metrics.scrape("metrics");
			ctx.set("content-type", contentType);
			ctx.body = text;
			return undefined;
		},
		async getOverview(ctx) {
			if (metrics === undefined) throw metricsOff();
			const text = await metrics.scrape("overview");
			ctx.type = "application/json";
			ctx.set("cache-control", "no-store");
			ctx.body = text;
			return undefined as never;
		},
	};
}

function metricsOff(): GatewayError {
	return notFound("This gateway counts nothing: metrics are off.", "metrics_off");
}
