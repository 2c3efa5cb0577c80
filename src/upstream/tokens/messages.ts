/** The topic of tokens that upstreams are shown. */
import type { Topic } from "../../process/channel/topic.js";
import type { Token } from "../../providers/expiringToken.js";

export interface TokensTopic extends Topic<"tokens"> {
	readonly snapshot: undefined;
	readonly toWorker: never;
	readonly toPrimary: never;
	readonly questions: {
		token(asked: AskedToken): TokenAnswer;
	};
}

export interface AskedToken {
	/** Its name in the worker's settings. */
	readonly upstream: string;
	/** The value of one that the upstream has refused. */
	readonly refused?: string | undefined;
}

export type TokenAnswer = { readonly token: Token } | { readonly trouble: string };
