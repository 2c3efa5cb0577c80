/**
 * Tags each request with the tenant that a header names, and refuses unknown tenants.
 *
 *   llmw --plugin './examples/plugins/tenantTag.js={"tenants":["acme","globex"],"required":true}'
 *
 * The tag shows in `--verbose` and goes back to the client in the same header.
 */
import { definePlugin, GatewayError } from "llmgw";

export default definePlugin({
	name: "tenant-tag",
	stage: "authenticated",
	options: {
		type: "object",
		additionalProperties: false,
		properties: {
			header: {
				type: "string",
				pattern: "^[a-z0-9-]+$",
				default: "x-tenant",
				description: "Request header, in lower case",
			},
			tenants: { type: "array", items: { type: "string" }, description: "Tenants that may call; any, when left out" },
			required: { type: "boolean", default: false, description: "Refuse requests without the header" },
		},
	},
	middleware({ header, tenants, required }) {
		const known = tenants && new Set(tenants);
		return (ctx, next) => {
			const tenant = ctx.get(header);
			if (tenant === "") {
				if (required) throw new GatewayError(400, `The header ${header} is required.`, { code: "tenant_required" });
				return next();
			}
			if (!/^[\w.-]{1,64}$/.test(tenant) || (known && !known.has(tenant)))
				throw new GatewayError(403, `The tenant in ${header} is not known.`, { code: "tenant_unknown" });
			ctx.state.exchange.tags.tenant = tenant;
			ctx.set(header, tenant);
			return next();
		};
	},
});
