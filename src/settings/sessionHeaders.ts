/** Headers in which agents of one's own name their session, besides those that well-known agents send. */

/** In lower case; undefined for none. */
export interface SessionHeaders {
	readonly session: string | undefined;
	readonly agent: string | undefined;
	readonly subagent: string | undefined;
}

interface Given {
	readonly sessionHeader?: string;
	readonly agentHeader?: string;
	readonly subagentHeader?: string;
}

export function sessionHeadersOf({ sessionHeader, agentHeader, subagentHeader }: Given): SessionHeaders {
	return {
		session: sessionHeader?.toLowerCase(),
		agent: agentHeader?.toLowerCase(),
		subagent: subagentHeader?.toLowerCase(),
	};
}
