/** Whose tokens are taken for callers. Plain data; `config/readAuth.ts` makes it of the configuration file. */

export interface AuthSettings {
	/** As it stands in tokens' `iss`. */
	readonly issuer: string;
	/** One of these has to be in tokens' `aud`. */
	readonly audience: readonly string[];
	/** Where the issuer's keys are; without it the issuer's discovery document says so. */
	readonly jwksUrl: string | undefined;
	/** Names of claims, with dots for members of members. */
	readonly claims: {
		readonly owner: string | undefined;
		readonly team: string | undefined;
		readonly organisation: string | undefined;
		readonly models: string | undefined;
		readonly limits: string | undefined;
		readonly budget: string | undefined;
		readonly priority: string | undefined;
	};
}
