/** Refuses requests of sessions that administrators have stopped, and ends those that are under way when one is stopped. */
import { GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import { sessionOf } from "../sessions/worker.js";
import type { SessionStop } from "../store/sessionStops.js";
import { defineLink, type GatewayServices } from "./link.js";

export const sessions = defineLink({
	name: "sessions",
	stage: "upstream",
	middleware: ({ keys: { table }, sessions: { exchanges } }) => {
		table.onStops = () => {
			for (const exchange of exchanges) {
				const stop = stopOf(exchange, table);
				if (stop !== undefined) exchange.stop(stopped(stop));
			}
		};
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const { operation } = exchange;
			if (operation?.upstreamPath === undefined || !operation.takesBody) return next();
			if (table.stops.size > 0) {
				const stop = stopOf(exchange, table);
				if (stop !== undefined) throw stopped(stop);
			}
			const place = exchanges.add(exchange);
			exchange.onOver(() => exchanges.remove(place));
			return next();
		};
	},
});

function stopOf(exchange: Exchange, { stops }: GatewayServices["keys"]["table"]): SessionStop | undefined {
	const session = sessionOf(exchange);
	const stop = session === undefined ? undefined : stops.get(session);
	return stop !== undefined && stop.until * 1000 > Date.now() ? stop : undefined;
}

/** A 400, since that is what agents give up at; see `admission/refusal.ts`. */
function stopped({ until, reason }: SessionStop): GatewayError {
	const end = `${new Date(until * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
	const why = reason === undefined ? "" : ` (${reason})`;
	const message = `This session was stopped by the gateway's administrator until ${end}${why}. Stop here and tell the user.`;
	return new GatewayError(400, message, { code: "session_stopped", headers: { "x-should-retry": "false" } });
}
