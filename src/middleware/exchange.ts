/** Follows each request to its end: counts what is in flight, and sends the upstream's answer when the chain has unwound. */
import { asGatewayError, type GatewayError, gatewayStopping, internalFailure } from "../errors/gatewayError.js";
import { followBinary } from "../exchange/binaryAnswer.js";
import type { Exchange } from "../exchange/exchange.js";
import { isFollowed } from "../exchange/pipelined.js";
import { nextStage } from "../exchange/stages.js";
import { isEventStream } from "../replay/eventIds.js";
import { withStatus } from "../store/storeFailure.js";
import { isBinary } from "../streaming/binary.js";
import { deliver } from "../streaming/delivery.js";
import { defineLink, type GatewayServices } from "./link.js";

export const exchange = defineLink({
	name: "exchange",
	stage: "edge",
	middleware: ({ load, lines, isDraining, isOrphaned, complain, settings }) => {
		return async (ctx, next) => {
			const { exchange } = ctx.state;
			exchange.clientAddress = ctx.ip;
			exchange.follow(ctx.res);
			load.requests += 1;
			exchange.onClose(() => {
				load.requests -= 1;
			});
			if (exchange.partOf?.batch !== undefined) count(lines, exchange);
			if (isOrphaned()) throw gatewayStopping();
			if (isDraining() && !isFollowed(ctx.res)) ctx.set("connection", "close");
			await next().catch((thrown: unknown) => abandon(exchange, thrown));
			const { answer } = exchange;
			if (!answer || ctx.body !== undefined || ctx.respond === false) {
				exchange.afterlife?.fail();
				return;
			}
			if (answer.isStream) {
				load.streams += 1;
				exchange.onClose(() => {
					load.streams -= 1;
				});
			} else await nextStage();
			if (answer.isStream && answer.status === 200 && isEventStream(answer)) exchange.framing?.frame(answer);
			exchange.beforeDelivery?.(answer);
			if (isBinary(answer)) exchange.binaryAnswer = followBinary(answer);
			answer.observers.push({
				end(failure: GatewayError | undefined) {
					exchange.failure = failure;
					// Before that it reaches the errors plugin.
					if (failure?.status === 500 && ctx.res.headersSent) complain(internalFailure(exchange.id, failure));
				},
			});
			await deliver(answer, ctx.res, {
				stalledClientMs: settings.idleTimeoutMs,
				isShared: () => exchange.afterlife?.isShared ?? false,
				report: (thrown) => complain(internalFailure(exchange.id, asGatewayError(thrown))),
			}).catch((thrown: unknown) => abandon(exchange, thrown));
			ctx.respond = false;
		};
	},
});

function count(lines: GatewayServices["lines"], exchange: Exchange): void {
	lines.inFlight += 1;
	exchange.onClose(() => {
		lines.inFlight -= 1;
	});
}

/** Nobody else can get an answer that isn't sent. @throws what was thrown */
function abandon({ afterlife }: Exchange, thrown: unknown): never {
	afterlife?.fail(asGatewayError(withStatus(thrown)));
	throw thrown;
}
