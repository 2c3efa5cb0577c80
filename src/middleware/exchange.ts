/** Follows each request to its end: counts what is in flight, and sends the AI host's answer when the chain has unwound. */
import { asGatewayError, type GatewayError, internalFailure } from "../contract/gatewayError.js";
import { definePlugin } from "../plugin.js";
import { deliver } from "../upstream/deliver.js";

/** A host that fails is complained of once in this time for each way in which it does. */
const complaintEveryMs = 10_000;

export const exchange = definePlugin({
	name: "exchange",
	stage: "edge",
	middleware: (_options, { host, load, isDraining, complain, settings }) => {
		const complainOfHost = hostComplaints(host.url, complain);
		return async (ctx, next) => {
			const { exchange } = ctx.state;
			exchange.clientAddress = ctx.ip;
			exchange.follow(ctx.res);
			load.requests += 1;
			exchange.onClose(() => {
				load.requests -= 1;
				if (exchange.failure?.type === "upstream_error" || exchange.failure?.type === "timeout_error")
					complainOfHost(exchange.failure);
			});
			if (isDraining()) ctx.set("connection", "close");
			await next();
			const { answer } = exchange;
			if (!answer || ctx.body !== undefined) return;
			if (answer.isStream) {
				load.streams += 1;
				exchange.onClose(() => {
					load.streams -= 1;
				});
			}
			answer.observers.push({
				end(failure: GatewayError | undefined) {
					exchange.failure = failure;
					// Before that it reaches the errors plugin.
					if (failure?.status === 500 && ctx.res.headersSent) complain(internalFailure(exchange.id, failure));
				},
			});
			await deliver(answer, ctx.res, {
				stalledClientMs: settings.idleTimeoutMs,
				report: (thrown) => complain(internalFailure(exchange.id, asGatewayError(thrown))),
			});
			ctx.respond = false;
		};
	},
});

/** What an operator has to know without `--verbose`: that the AI host fails, how, and how often. */
function hostComplaints(url: string, complain: (line: string) => void): (failure: GatewayError) => void {
	const recent = new Map<string, { until: number; more: number }>();
	return ({ message, code, cause }) => {
		const now = performance.now();
		const last = recent.get(code ?? "");
		if (last && now < last.until) {
			last.more += 1;
			return;
		}
		recent.set(code ?? "", { until: now + complaintEveryMs, more: 0 });
		const reason = cause instanceof Error ? ` (${cause.message})` : "";
		const before = last?.more ? `; ${last.more} more like it since the last such line` : "";
		complain(`${message.replace(/^The AI host/, `The AI host ${url}`)}${reason}${before}`);
	};
}
