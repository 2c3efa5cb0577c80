/** A token that expires: fetched when it is first needed, and again ahead of its end, while requests use the one that is there. */

export interface Token {
	readonly value: string;
	/** Milliseconds since 1970. */
	readonly expiresAtMs: number;
}

export interface ExpiringToken {
	/** Rejects if there is none and none can be had. */
	get(): string | Promise<string>;
}

/** So long before its end a token is fetched anew; for a short one, the last fifth of its life. */
const aheadMs = 5 * 60_000;
const aheadShare = 0.2;
/** After a failure a token that is still good is used for so long before another is tried for. */
const pauseMs = 10_000;

/** @param now milliseconds since 1970 */
export function expiringToken(fetchToken: () => Promise<Token>, now: () => number = Date.now): ExpiringToken {
	let token: Token | undefined;
	let refreshAtMs = 0;
	let underWay: Promise<string> | undefined;

	function refresh(): Promise<string> {
		underWay ??= fetchToken()
			.then((next) => {
				token = next;
				const lifeMs = next.expiresAtMs - now();
				refreshAtMs = next.expiresAtMs - Math.min(aheadMs, lifeMs * aheadShare);
				return next.value;
			})
			.catch((error) => {
				refreshAtMs = now() + pauseMs;
				throw error;
			})
			.finally(() => {
				underWay = undefined;
			});
		return underWay;
	}

	return {
		get() {
			if (token === undefined || now() >= token.expiresAtMs) return refresh();
			// Its failure concerns nobody while there is one.
			if (now() >= refreshAtMs) refresh().catch(() => {});
			return token.value;
		},
	};
}

/** A bearer token in a request's headers. */
export function bearer(token: ExpiringToken): { headersFor(): Headers | Promise<Headers> } {
	const headersOf = (value: string): Headers => [["authorization", `Bearer ${value}`]];
	return {
		headersFor() {
			const value = token.get();
			return typeof value === "string" ? headersOf(value) : value.then(headersOf);
		},
	};
}

type Headers = readonly (readonly [name: string, value: string])[];
