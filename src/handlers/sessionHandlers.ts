/** The dashboard's session, which is created in exchange for a link that the gateway has printed. */
import { GatewayError } from "../errors/gatewayError.js";
import type { components } from "../generated/contract.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Handlers } from "./handlerTypes.js";

type CreateSessionRequest = components["schemas"]["CreateSessionRequest"];

export function sessionHandlers({ passes }: GatewayServices): Pick<Handlers, "createSession"> {
	return {
		async createSession(ctx) {
			// The contract has validated it.
			const { link } = (ctx.state.exchange.body as { json: unknown }).json as CreateSessionRequest;
			const session = await passes?.exchange(link);
			if (session === undefined) throw invalidLink();
			ctx.set("cache-control", "no-store");
			return {
				object: "gateway.session",
				credential: session.credential,
				expires_at: Math.floor(session.endsAt / 1000),
			};
		},
	};
}

function invalidLink(): GatewayError {
	return new GatewayError(
		401,
		"This link has been used before, has ended, or is another gateway's. On the gateway's machine, llmw ui prints one.",
		{ code: "invalid_link", headers: { "www-authenticate": "Bearer" } },
	);
}
