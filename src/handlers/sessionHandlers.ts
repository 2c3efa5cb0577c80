/** The dashboard's session: what the link that the gateway has printed is exchanged for. */
import { GatewayError } from "../errors/gatewayError.js";
import type { components } from "../generated/contract.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Handlers } from "./handlerTypes.js";

type Asked = components["schemas"]["CreateSessionRequest"];

export function sessionHandlers({ passes }: GatewayServices): Pick<Handlers, "createSession"> {
	return {
		async createSession(ctx) {
			// The contract has validated it.
			const { link } = (ctx.state.exchange.body as { json: unknown }).json as Asked;
			const session = await passes?.exchange(link);
			if (session === undefined) throw refused();
			ctx.set("cache-control", "no-store");
			return {
				object: "gateway.session",
				credential: session.credential,
				expires_at: Math.floor(session.endsAt / 1000),
			};
		},
	};
}

function refused(): GatewayError {
	return new GatewayError(
		401,
		"This link has been used before, has ended, or is another gateway's. On the gateway's machine, llmw ui prints one.",
		{ code: "invalid_link", headers: { "www-authenticate": "Bearer" } },
	);
}
