/** Runs the remote MCP tools of Responses requests, where the configuration allows it and the upstream can't. */

import type { WholeRequest } from "../exchange/ownTask.js";
import type { McpTools } from "../mcp/mcpTools.js";
import { isMcpTool } from "../mcp/requestedTools.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const mcp = defineLink({
	name: "mcp",
	stage: "upstream",
	middleware: (gateway) => {
		let tools: Promise<McpTools> | undefined;
		return (ctx, next) => {
			const { operation, body, partOf } = ctx.state.exchange;
			if (operation?.id !== "createResponse" || body === undefined || isTurn(partOf)) return next();
			const { tools: given } = body.json;
			if (!Array.isArray(given) || !given.some(isMcpTool)) return next();
			tools ??= open(gateway);
			return tools.then((opened) => run(opened, ctx, next));
		};
	},
});

/** It is a turn of the tools themselves; a line of a batch is a request of its own. */
function isTurn(partOf: WholeRequest | undefined): boolean {
	return partOf !== undefined && partOf.batch === undefined;
}

/** Loaded when it is first needed. */
async function open({ settings, upstreams, inner, store, metrics, ...services }: GatewayServices): Promise<McpTools> {
	const { mcp, heartbeatMs } = settings;
	if (mcp === undefined) throw new Error("the gateway runs no MCP tools");
	const { McpTools: Tools } = await import("../mcp/mcpTools.js");
	const { UseNotes: Notes } = await import("../mcp/useNotes.js");
	const { log, print, complain } = services;
	const notes = new Notes({ settings, store, recorder: metrics?.recorder, log, print, complain });
	return new Tools({ settings: mcp, heartbeatMs, upstreams, inner, notes });
}

async function run(tools: McpTools, ctx: GatewayContext, next: () => Promise<unknown>): Promise<void> {
	const { exchange } = ctx.state;
	if (tools.isUpstreams(exchange.route)) {
		await next();
		return;
	}
	const { answer } = tools.answer({ exchange, client: ctx.req, target: ctx.path + ctx.search });
	// Its turns are requests by themselves, which are counted, limited and recorded.
	exchange.isReplay = true;
	answer.dialect = exchange.operation?.dialect;
	exchange.answer = answer;
	await answer.started;
}
