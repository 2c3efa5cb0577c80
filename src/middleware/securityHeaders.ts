/** Security headers (koa-helmet's) on every response. */
import helmet from "koa-helmet";
import { type HeaderBlock, headerBlock, setBlock } from "../streaming/listedResponse.js";
import { defineLink, type GatewayMiddleware } from "./link.js";

export const securityHeaders = defineLink({
	name: "helmet",
	stage: "edge",
	middleware: () => {
		const ask = helmet(policy) as unknown as GatewayMiddleware;
		let headers: HeaderBlock | undefined;
		void securityHeadersOf().then((known) => {
			headers = headerBlock(known);
		});
		return (ctx, next) => {
			if (headers === undefined) return ask(ctx, next);
			setBlock(ctx.res, headers);
			return next();
		};
	},
});

type SecurityHeader = readonly [name: string, value: string];

/** They are the same for all responses, so koa-helmet is asked only once. */
async function securityHeadersOf(): Promise<readonly SecurityHeader[]> {
	const headers: SecurityHeader[] = [];
	const response = {
		setHeader: (name: string, value: string) => headers.push([name, value]),
		removeHeader: () => {},
	};
	await helmet(policy)({ req: { headers: {} }, res: response } as never, async () => {});
	return headers;
}

/** Helmet's defaults, but for what breaks a gateway that people reach over plain http in their own network. */
const policy: Parameters<typeof helmet>[0] = {
	contentSecurityPolicy: {
		useDefaults: false,
		directives: {
			"default-src": ["'self'"],
			"base-uri": ["'self'"],
			"form-action": ["'self'"],
			"frame-ancestors": ["'none'"],
			"img-src": ["'self'", "data:"],
			"object-src": ["'none'"],
			"script-src": ["'self'"],
			"script-src-attr": ["'none'"],
			// The API reference sets styles on its elements.
			"style-src": ["'self'", "'unsafe-inline'"],
		},
	},
};

/** The same headers for answers that are written to a bare socket, because no request could be parsed. */
export async function securityHeaderLines(): Promise<string> {
	return (await securityHeadersOf()).map(([name, value]) => `${name}: ${value}\r\n`).join("");
}
