/** Sessions of agents, for administrators: listed, shown with their turns, stopped, and resumed. */

import {
	inTreeOrder,
	liveResource,
	namedLive,
	type Observed,
	partResource,
	sessionResource,
	unknownSession,
} from "../accounting/sessionResource.js";
import { requestResource } from "../accounting/usageResource.js";
import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import type { components } from "../generated/contract.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { LiveRequest } from "../sessions/messages.js";
import type { SessionRecord } from "../store/sessionTypes.js";
import { actorOf } from "./actorOf.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf } from "./list.js";
import { pageRequest } from "./pageRequest.js";

type Schemas = components["schemas"];
type SessionOperation = "listAgentSessions" | "retrieveAgentSession" | "stopAgentSession" | "resumeAgentSession";

const turnsShown = 100;
const defaultStopSeconds = 3_600;

export function agentSessionHandlers({ store, sessions, keys }: GatewayServices): Pick<Handlers, SessionOperation> {
	const observedIn = (live: readonly LiveRequest[]): Observed => ({ live, stops: keys.table.stops, nowMs: Date.now() });

	/** Also one that has not left a record yet. @throws GatewayError 404, or 409 if several are called so */
	async function findSession(ctx: GatewayContext, live: readonly LiveRequest[]): Promise<SessionRecord> {
		const name = ctx.params.session ?? "";
		const found = new Map((await store.sessions.find(name)).map((session) => [session.id, session]));
		for (const session of namedLive(live, name)) if (!found.has(session.id)) found.set(session.id, session);
		if (found.size === 0 && keys.table.stops.has(name)) return unknownSession(name, Date.now());
		const [only, ...others] = found.values();
		if (only === undefined)
			throw notFound(`There is no session ${JSON.stringify(name)}.`, "session_not_found", "session");
		if (others.length > 0) throw ambiguous(name, [...found.keys()]);
		return only;
	}

	/** @returns the session once a change is in force in all workers, or with the names of those that have not confirmed in time */
	async function awaitWorkers(session: SessionRecord): Promise<Schemas["AgentSession"]> {
		const pending = await keys.changed();
		const resource = sessionResource(session, observedIn(await sessions.live()));
		return pending.length === 0 ? resource : { ...resource, pending: [...pending] };
	}

	return {
		async listAgentSessions(ctx) {
			const { key, agent, active } = ctx.state.exchange.query as Partial<Record<"key" | "agent", string>> & {
				active?: boolean;
			};
			const live = await sessions.live();
			const observed = observedIn(live);
			if (active === true) {
				const all = await underWay(live);
				const fitting = all.filter((session) => fits(session, { key, agent }));
				return listOf(
					fitting.map((session) => sessionResource(session, observed)),
					false,
				);
			}
			const page = { ...pageRequest(ctx), key, agent };
			const shown: Schemas["AgentSession"][] = [];
			for (let { after } = page; ; ) {
				const { data, hasMore } = await store.sessions.list({ ...page, limit: page.limit - shown.length, after });
				const found = data.map((session) => sessionResource(session, observed));
				shown.push(...(active === false ? found.filter(({ under_way }) => under_way === 0) : found));
				if (!hasMore || shown.length === page.limit) return listOf(shown, hasMore);
				after = data.at(-1)?.id;
			}
		},

		async retrieveAgentSession(ctx) {
			const live = await sessions.live();
			const session = await findSession(ctx, live);
			const observed = observedIn(live);
			const [parts, turns] = await Promise.all([
				store.sessions.parts(session.id),
				store.usage.list({ limit: turnsShown, order: "desc", session: session.id }),
			]);
			return {
				...sessionResource(session, observed),
				agents: inTreeOrder(parts).map((part) => partResource(part, session.id, observed)),
				turns: turns.data.map(requestResource),
				has_more_turns: turns.hasMore,
				live: live.filter((one) => one.session === session.id).map(liveResource),
			};
		},

		async stopAgentSession(ctx) {
			const session = await findSession(ctx, await sessions.live());
			const json = (ctx.state.exchange.body?.json ?? {}) as Schemas["StopAgentSessionRequest"];
			const until = Math.floor(Date.now() / 1000) + (json.for_seconds ?? defaultStopSeconds);
			await store.sessions.stop(session.id, { until, reason: json.reason }, actorOf(ctx));
			return awaitWorkers(session);
		},

		async resumeAgentSession(ctx) {
			const session = await findSession(ctx, await sessions.live());
			await store.sessions.resume(session.id, actorOf(ctx));
			return awaitWorkers(session);
		},
	};

	/** The newest first. */
	async function underWay(live: readonly LiveRequest[]): Promise<SessionRecord[]> {
		const all = new Map(namedLive(live).map((session) => [session.id, session]));
		for (const session of await store.sessions.some([...all.keys()])) all.set(session.id, session);
		return [...all.values()].sort((one, other) => other.lastAt - one.lastAt);
	}
}

function fits(
	{ keyId, keyName, agent }: SessionRecord,
	wanted: { key: string | undefined; agent: string | undefined },
): boolean {
	if (wanted.key !== undefined && wanted.key !== keyId && wanted.key !== keyName) return false;
	return wanted.agent === undefined || wanted.agent === agent;
}

function ambiguous(name: string, ids: readonly string[]): GatewayError {
	const message = `Several keys have a session ${JSON.stringify(name)}: name one by its id, ${ids.join(" or ")}.`;
	return new GatewayError(409, message, { code: "session_ambiguous", param: "session" });
}
