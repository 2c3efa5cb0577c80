/** A token that expires: fetched when it is first needed, and again ahead of its end, while requests use the one that is there. */

export interface Token {
	readonly value: string;
	/** Milliseconds since 1970. */
	readonly expiresAtMs: number;
	/** The time at which its issuer was asked, where that was somebody else. */
	readonly fetchedAtMs?: number | undefined;
	/** Headers that go with it, names in lower case. */
	readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
}

/** @param refused the value of a token that is not to be had again, though its time isn't over */
export type FetchToken = (refused?: string) => Promise<Token>;

export interface ExpiringToken {
	/** Rejects if there is none and none can be had. */
	get(): Token | Promise<Token>;
	/** Where it is time for a new one, waits for that. Rejects as `get`. */
	latest(): Promise<Token>;
	/**
	 * The upstream has refused this one, so that another is fetched.
	 *
	 * @returns false for one that is so new that another would be refused as well
	 */
	renew(refused: string): boolean;
}

/** So long before its end a token is fetched anew; for a short one, the last fifth of its life. */
const aheadMs = 5 * 60_000;
const aheadShare = 0.2;
/** After a failure a token that is still good is used for so long before another is tried for; and nor is a new one exchanged. */
const pauseMs = 10_000;

/** @param now milliseconds since 1970 */
export function expiringToken(fetchToken: FetchToken, now: () => number = () => Date.now()): ExpiringToken {
	let token: Token | undefined;
	let refused: string | undefined;
	let refreshAtMs = 0;
	let underWay: Promise<Token> | undefined;

	function refresh(): Promise<Token> {
		underWay ??= fetchToken(refused)
			.then(keep)
			.catch((error) => {
				refreshAtMs = now() + pauseMs;
				throw error;
			})
			.finally(() => {
				underWay = undefined;
			});
		return underWay;
	}

	function keep(given: Token): Token {
		// Whoever issues it may have kept it until shortly before its end.
		const isSame = given.value === token?.value;
		const next = { ...given, fetchedAtMs: given.fetchedAtMs ?? (isSame ? token?.fetchedAtMs : now()) };
		const lifeMs = next.expiresAtMs - now();
		refreshAtMs = isSame ? now() + pauseMs : next.expiresAtMs - Math.min(aheadMs, lifeMs * aheadShare);
		refused = undefined;
		token = next;
		return next;
	}

	const usable = (): Token | undefined => (token !== undefined && now() < token.expiresAtMs ? token : undefined);
	return {
		get() {
			const good = usable();
			if (good === undefined) return refresh();
			// Its failure concerns nobody while there is one.
			if (now() >= refreshAtMs) refresh().catch(() => {});
			return good;
		},
		async latest() {
			const good = usable();
			if (good !== undefined && now() < refreshAtMs) return good;
			return refresh().catch((error) => {
				const left = usable();
				if (left === undefined) throw error;
				return left;
			});
		},
		renew(value) {
			if (token?.value !== value) return true;
			if (now() < (token.fetchedAtMs ?? 0) + pauseMs) return false;
			refused = value;
			token = undefined;
			return true;
		},
	};
}
