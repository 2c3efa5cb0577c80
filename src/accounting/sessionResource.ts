/** Sessions of agents as API resources. */
import { textTokens } from "../chat/tokenCounts.js";
import type { components } from "../generated/contract.js";
import type { LiveRequest } from "../sessions/messages.js";
import { isSessionId, type SessionStop } from "../store/sessionStops.js";
import type { SessionPart, SessionRecord } from "../store/sessionTypes.js";
import type { UsageSums } from "../store/usageTypes.js";
import { dollarsOf } from "./price.js";

type Schemas = components["schemas"];

/** What is known of sessions besides their records. */
export interface Observed {
	readonly live: readonly LiveRequest[];
	readonly stops: ReadonlyMap<string, SessionStop>;
	readonly nowMs: number;
}

export function sessionResource(session: SessionRecord, { live, stops, nowMs }: Observed): Schemas["AgentSession"] {
	const { id, name, keyId, keyName, agent, firstAt, lastAt, sums } = session;
	const stop = stops.get(id);
	const isStopped = stop !== undefined && stop.until * 1000 > nowMs;
	return {
		id,
		object: "gateway.agent_session",
		name,
		key: keyId === undefined ? null : { id: keyId, name: keyName ?? "" },
		agent,
		first_at: firstAt,
		last_at: lastAt,
		under_way: live.filter((one) => one.session === id).length,
		stopped_until: isStopped ? stop.until : null,
		stop_reason: isStopped ? (stop.reason ?? null) : null,
		...numbersOf(sums),
	};
}

export function partResource(part: SessionPart, session: string, { live }: Observed): Schemas["AgentSessionPart"] {
	const { agent, subagent = null, firstAt, lastAt, sums } = part;
	const isOwn = (one: LiveRequest) => one.session === session && one.agent === agent && one.subagent === subagent;
	return {
		agent,
		subagent,
		first_at: firstAt,
		last_at: lastAt,
		under_way: live.filter(isOwn).length,
		...numbersOf(sums),
	};
}

export function liveResource({
	requestId,
	agent,
	subagent,
	model,
	isStream,
	startedAt,
}: LiveRequest): Schemas["LiveRequest"] {
	return { request_id: requestId, agent, subagent, model, stream: isStream, started_at: Math.floor(startedAt / 1000) };
}

/** Sessions that have requests under way, with nothing used yet. @param name an id or a name; undefined for all of them */
export function namedLive(live: readonly LiveRequest[], name?: string): SessionRecord[] {
	const found = new Map<string, SessionRecord>();
	for (const one of live) {
		if (name !== undefined && name !== (isSessionId(name) ? one.session : one.name)) continue;
		const at = Math.floor(one.startedAt / 1000);
		const { firstAt = at, lastAt = at } = found.get(one.session) ?? {};
		found.set(one.session, {
			id: one.session,
			name: one.name,
			keyId: one.keyId ?? undefined,
			keyName: one.keyName ?? undefined,
			agent: one.agent,
			firstAt: Math.min(firstAt, at),
			lastAt: Math.max(lastAt, at),
			sums: noSums,
		});
	}
	return [...found.values()];
}

/** Parts as a tree: each below the one whose path its own continues, the session's own first. */
export function inTreeOrder(parts: readonly SessionPart[]): SessionPart[] {
	const paths = new Set(parts.map(({ subagent }) => subagent));
	const below = (parent: string | undefined): SessionPart[] =>
		parts
			.filter(({ subagent }) => subagent !== undefined && parentOf(subagent, paths) === parent)
			.flatMap((part) => [part, ...below(part.subagent)]);
	return [...parts.filter(({ subagent }) => subagent === undefined), ...below(undefined)];
}

function parentOf(path: string, paths: ReadonlySet<string | undefined>): string | undefined {
	for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
		if (paths.has(path.slice(0, end))) return path.slice(0, end);
	return undefined;
}

/** A session of which nothing is known but that it is stopped. */
export function unknownSession(id: string, nowMs: number): SessionRecord {
	const at = Math.floor(nowMs / 1000);
	return { id, name: "", keyId: undefined, keyName: undefined, agent: "", firstAt: at, lastAt: at, sums: noSums };
}

const noSums: UsageSums = {
	startsAt: 0,
	dimensions: {},
	keyName: undefined,
	sessionName: undefined,
	tagValue: undefined,
	requests: 0,
	failed: 0,
	cancelled: 0,
	refused: 0,
	attempts: 0,
	estimated: 0,
	cachedRequests: 0,
	saved: 0,
	tokens: textTokens(0, 0),
	units: { search_units: 0, characters: 0, audio_seconds: 0, images: 0, file_bytes: 0 },
	cost: undefined,
	durationMs: 0,
};

function numbersOf({ requests, failed, cancelled, refused, tokens, cost, durationMs }: UsageSums) {
	return {
		requests,
		failed,
		cancelled,
		refused,
		input_tokens: tokens.input,
		cached_tokens: tokens.cached,
		cache_write_tokens: tokens.written,
		output_tokens: tokens.output,
		cache_ratio: tokens.input === 0 ? null : Math.round((tokens.cached / tokens.input) * 10_000) / 10_000,
		cost: cost === undefined ? null : dollarsOf(cost),
		duration_ms: durationMs,
	};
}
