/** Security headers (koa-helmet) on every response. */
import helmet from "koa-helmet";
import { defineLink, type GatewayMiddleware } from "./link.js";

export const securityHeaders = defineLink({
	name: "helmet",
	stage: "edge",
	middleware: () => helmet(policy) as unknown as GatewayMiddleware,
});

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
	const lines: string[] = [];
	const response = {
		setHeader: (name: string, value: string) => lines.push(`${name}: ${value}`),
		removeHeader: () => {},
	};
	await helmet(policy)({ req: { headers: {} }, res: response } as never, async () => {});
	return lines.map((line) => `${line}\r\n`).join("");
}
