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
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const exchange = defineLink({
	name: "exchange",
	stage: "edge",
	middleware: (gateway) => {
		const { load, lines, isDraining, isOrphaned } = gateway;
		const sendAnswer = answerSender(gateway);
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
			try {
				await next();
				await sendAnswer(ctx);
			} catch (thrown) {
				// Nobody else can get an answer that isn't sent.
				exchange.afterlife?.fail(asGatewayError(withStatus(thrown)));
				throw thrown;
			}
		};
	},
});

function count(lines: GatewayServices["lines"], exchange: Exchange): void {
	lines.inFlight += 1;
	exchange.onClose(() => {
		lines.inFlight -= 1;
	});
}

/** Sends the upstream's answer, unless something else has answered. */
function answerSender({ load, complain, settings }: GatewayServices): (ctx: GatewayContext) => Promise<void> {
	return async (ctx) => {
		const { exchange } = ctx.state;
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
		});
		ctx.respond = false;
	};
}
