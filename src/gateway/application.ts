/** Koa, without what it does for each response that it does not write itself. */
import Koa from "koa";
import type { GatewayContext, GatewayState, RouteParameters } from "../middleware/link.js";

type Chain = (ctx: GatewayContext) => Promise<void>;
type HeaderValue = string | string[];

export class Application extends Koa<GatewayState, RouteParameters> {
	constructor() {
		super();
		this.response.set = headerSetter(this.response.set);
	}

	/**
	 * Runs the chain. An answer that is written by then is followed by its exchange (`src/exchange/exchange.ts`), so that Koa need not
	 * listen to its response and its socket, too.
	 */
	handleRequest(ctx: GatewayContext, chain: Chain): Promise<void> {
		ctx.res.statusCode = 404;
		return chain(ctx).then(
			() => (ctx.respond === false ? undefined : this.#respond(ctx)),
			(thrown: unknown) => ctx.onerror(thrown as Error),
		);
	}

	/** Koa writes what the chain has left in the context. */
	#respond(ctx: GatewayContext): Promise<void> {
		const { statusCode } = ctx.res;
		const hasPassed = async () => {
			ctx.res.statusCode = statusCode;
		};
		return (Koa.prototype as unknown as { handleRequest: Application["handleRequest"] }).handleRequest.call(
			this,
			ctx,
			hasPassed,
		);
	}
}

/** Koa makes several arrays for each header that it sets. It is left those whose value is a list. */
function headerSetter(set: Koa.Response["set"]): Koa.Response["set"] {
	function setOne(response: Koa.Response, name: string, value: HeaderValue): void {
		if (Array.isArray(value)) set.call(response, name, value);
		else response.res.setHeader(name, value);
	}
	return function setHeaders(this: Koa.Response, given: string | Record<string, HeaderValue>, value?: HeaderValue) {
		if (this.headerSent) return;
		if (typeof given === "string") setOne(this, given, value as HeaderValue);
		else for (const name in given) setOne(this, name, given[name] as HeaderValue);
	};
}
