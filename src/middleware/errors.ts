/** Turns whatever is thrown in the chain into one response in OpenAI's error envelope. */
import createDebug from "debug";
import { asGatewayError } from "../contract/gatewayError.js";
import { definePlugin, type GatewayContext } from "../plugin.js";

const debug = createDebug("llmgw:errors");

export const errors = definePlugin({
	name: "errors",
	stage: "edge",
	middleware: (_options, { print }) => {
		return async (ctx, next) => {
			try {
				await next();
			} catch (thrown) {
				const error = asGatewayError(thrown);
				ctx.state.exchange.failure = error;
				// 499: the client has gone, and whatever failed for that reason is no news.
				if (error.status === 500 && !ctx.state.exchange.isClosed) {
					print(`request ${ctx.state.exchange.id} failed inside the gateway: ${stackOf(thrown)}`);
				} else if (debug.enabled) {
					debug("%s %d %s %o", ctx.state.exchange.id, error.status, error.message, error.cause ?? "");
				}
				respond(ctx, error);
			}
		};
	},
});

function respond(ctx: GatewayContext, error: ReturnType<typeof asGatewayError>): void {
	if (ctx.res.headersSent) {
		// The answer is already on its way: it can only be broken off, so that nobody takes it for whole.
		ctx.respond = false;
		ctx.res.destroy();
		return;
	}
	ctx.status = error.status;
	ctx.set(error.headers);
	if (error.closeConnection) ctx.set("connection", "close");
	ctx.body = error.envelope();
}

function stackOf(thrown: unknown): string {
	return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
