/** Charges the limits of a session while it goes on: each response counts when it has been given. */
import { GatewayError } from "../errors/gatewayError.js";
import type { Claim, Ledger } from "../limits/ledger.js";
import { amountsOf } from "./claims.js";

export interface Charging {
	readonly ledger: Ledger;
	readonly hold: number;
	readonly claims: readonly Claim[];
	/** All that it has used so far; money in millionths of a dollar. */
	used(): { readonly tokens: number; readonly cost: number };
	/** A limit ends the session. */
	told(): void;
}

/** @returns a function that charges what was used since its last call, and says why the session may not go on */
export function sessionCharge({ ledger, hold, claims, used, told }: Charging): () => Promise<GatewayError | undefined> {
	let charged = { tokens: 0, cost: 0 };
	return async () => {
		const now = used();
		const more = { tokens: now.tokens - charged.tokens, cost: now.cost - charged.cost };
		charged = now;
		// What is not granted counts all the same, once the session is over.
		if (await ledger.extend(hold, amountsOf(claims, { ...more, requests: 0, concurrency: 0, time: 0 })))
			return undefined;
		told();
		return new GatewayError(429, "A limit on tokens or on money is used up, and ends this session.", {
			code: "rate_limit_exceeded",
		});
	};
}
