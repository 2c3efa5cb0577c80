/** `x-request-id`: the client's where it gave a fit one, else a new one; on every response and towards the upstream. */
import { randomUUID } from "node:crypto";
import { Exchange } from "../exchange/exchange.js";
import type { TaskSocket } from "../exchange/ownTask.js";
import { defineLink } from "./link.js";

/** Anything else could break a log line or a header. */
const fit = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

export const requestId = defineLink({
	name: "request-id",
	stage: "edge",
	middleware: () => (ctx, next) => {
		const given = ctx.req.headers["x-request-id"];
		const id = typeof given === "string" && fit.test(given) ? given : randomUUID();
		const exchange = new Exchange(id);
		ctx.state.exchange = exchange;
		const { ownTask, partOf } = ctx.req.socket as TaskSocket;
		exchange.task = ownTask;
		exchange.partOf = partOf;
		if (partOf?.batch !== undefined) exchange.tags.batch = partOf.batch;
		exchange.task?.arrived(exchange);
		ctx.res.setHeader("x-request-id", id);
		return next();
	},
});
