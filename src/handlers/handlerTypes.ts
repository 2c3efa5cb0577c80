/** The shape of each operation's handler, by operationId. */
import type { operations } from "../generated/contract.js";
import type { GatewayContext } from "../middleware/link.js";
import type { ResponseStream } from "../streaming/responseStream.js";

/** The JSON of an operation's documented 200, or an upstream's answer; if it has neither, the handler sets `ctx.body` itself. */
type Reply<Id extends keyof operations> = operations[Id]["responses"] extends {
	200: { content: { "application/json": infer Body } };
}
	?
			| Body
			| ResponseStream
			| (operations[Id]["responses"][200]["content"] extends { "text/csv": string } | { "text/html": string }
					? undefined
					: never)
	: operations[Id]["responses"] extends { 200: { content: { "application/octet-stream": string } } }
		? ResponseStream
		: undefined;

export type Handlers = {
	[Id in keyof operations]: (ctx: GatewayContext) => Reply<Id> | Promise<Reply<Id>>;
};
