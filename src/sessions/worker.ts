/** A worker's half of sessions: its requests under way, and those of all workers. */
import type { Exchange } from "../exchange/exchange.js";
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import type { LiveRequest, SessionsTopic } from "./messages.js";
import { sessionIdOf } from "./sessionId.js";
import { ExchangesUnderWay } from "./underWay.js";

/** How long an administrator's question waits for the primary, which itself waits less long for the workers. */
const patienceMs = 5_000;

/** What a gateway needs of sessions. */
export interface Sessions {
	/** Requests to upstreams under way in this process, with a session or without. */
	readonly exchanges: ExchangesUnderWay;
	/** Requests of sessions that are under way in all workers. */
	live(): Promise<readonly LiveRequest[]>;
}

export interface WorkerSessions extends Sessions, WorkerHalf<SessionsTopic> {}

export function createWorkerSessions(primary: PrimaryPort<SessionsTopic>): WorkerSessions {
	const exchanges = new ExchangesUnderWay();
	return {
		exchanges,
		receive: ({ search }) => primary.send({ topic: "sessions", search, requests: liveIn(exchanges) }),
		live: () => primary.ask("live", undefined, { timeoutMs: patienceMs, otherwise: [] }),
	};
}

/** For a gateway without a primary. */
export function createLocalSessions(): Sessions {
	const exchanges = new ExchangesUnderWay();
	return { exchanges, live: async () => liveIn(exchanges) };
}

/** @returns the id of a request's session */
export function sessionOf({ caller, facts }: Exchange): string | undefined {
	const session = facts?.session;
	return session === undefined ? undefined : sessionIdOf(caller?.keyId, session.id);
}

function liveIn(exchanges: Iterable<Exchange>): LiveRequest[] {
	const found: LiveRequest[] = [];
	for (const exchange of exchanges) {
		const { id, caller, facts, model, receivedAt } = exchange;
		const session = sessionOf(exchange);
		if (session === undefined || facts?.session === undefined) continue;
		found.push({
			session,
			name: facts.session.id,
			keyId: caller?.keyId ?? null,
			keyName: caller?.keyName ?? null,
			agent: facts.session.agent,
			subagent: facts.session.subagent ?? null,
			requestId: id,
			model: model ?? null,
			isStream: facts.isStream,
			startedAt: receivedAt,
		});
	}
	return found;
}
