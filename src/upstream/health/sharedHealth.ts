/** The health of upstreams, shared by all workers and kept in the primary, which decides who may send a request. */
import { createHash } from "node:crypto";
import type { UpstreamSettings } from "../../settings/routes.js";
import type { Ask, HealthNews, HealthReport, SharedState } from "./messages.js";
import { type Admission, createSharedUpstream, type SharedUpstream } from "./sharedUpstream.js";
import { type BreakerState, type Health, type Outcome, steadyNow } from "./states.js";

/** Workers hear of each other's requests under way at most this often. */
export const gossipMs = 100;

/** One upstream, for people. */
export interface UpstreamStatus {
	name: string;
	url: string;
	/** As the configuration names it; `auto` if it does not. */
	provider: string;
	/** The upstream's own breaker: open if the upstream can't be reached. */
	breaker: BreakerState;
	/** Those whose breaker is not closed. */
	models: ModelStatus[];
	health: Health;
	/** Requests that wait for another to end. */
	waiting: number;
	/** Within the breaker's window: requests that could not be brought to the upstream. */
	failures: number;
}

export interface ModelStatus {
	model: string;
	breaker: BreakerState;
	failures: number;
}

/** The primary's half for one worker. */
export interface HealthMember {
	/** The state that the worker needs before it starts. */
	snapshot(): SharedState[];
	receive(report: HealthReport): void;
	/** The worker is no more: gives back what it held. */
	leave(): void;
}

export interface SharedHealth {
	/**
	 * Adds a worker that runs by these upstreams, and shares those that others have too with them.
	 *
	 * @param send sends the worker a message
	 */
	join(upstreams: readonly UpstreamSettings[], send: (news: HealthNews) => void): HealthMember;
	/** These are in force from now on; what is known of an upstream that is still the same stays. */
	adopt(upstreams: readonly UpstreamSettings[]): void;
	setHealth(upstream: UpstreamSettings, health: Health): void;
	/** The upstreams in force. */
	status(): UpstreamStatus[];
}

interface Entry {
	readonly shared: SharedUpstream;
	readonly members: Set<Member>;
	/** Requests under way, by worker. */
	readonly inFlight: Map<Member, number>;
}

interface Member {
	/** By the upstream's name in this worker's settings. */
	readonly entries: ReadonlyMap<string, Entry>;
	/** By the number of the request for the permit. */
	readonly permits: Map<number, { entry: Entry; admission: Admission; hasLeft: boolean }>;
	/** Withdraws requests that wait. */
	readonly waiting: Map<number, () => void>;
	send(news: HealthNews): void;
}

/** Upstreams of one identity are the same one, under several settings: they share their health and their limit. */
export function identityOf({
	name,
	provider,
	url,
	query,
	proxy,
	key,
	forwardsCredential,
	passthroughAuth,
	tls,
}: UpstreamSettings): string {
	return createHash("sha256")
		.update(
			JSON.stringify([
				name,
				provider,
				url,
				query,
				proxy?.url,
				key,
				forwardsCredential,
				Object.entries(tls).sort(),
				passthroughAuth,
			]),
		)
		.digest("hex");
}

/** @param now milliseconds that never go back */
export function createSharedHealth(now: () => number = steadyNow): SharedHealth {
	const entries = new Map<string, Entry>();
	let inForce: readonly Entry[] = [];
	const gossip = createGossip();

	const entryOf = (settings: UpstreamSettings): Entry => {
		const identity = identityOf(settings);
		let entry = entries.get(identity);
		if (!entry) {
			const made: Entry = {
				shared: createSharedUpstream(settings, now, () => broadcast(made, now)),
				members: new Set(),
				inFlight: new Map(),
			};
			entry = made;
			entries.set(identity, entry);
		}
		return entry;
	};
	const forgetUnused = () => {
		for (const [identity, entry] of entries)
			if (entry.members.size === 0 && !inForce.includes(entry)) entries.delete(identity);
	};
	return {
		join(upstreams, send) {
			const own = new Map(upstreams.map((settings) => [settings.name, entryOf(settings)]));
			const member: Member = { entries: own, permits: new Map(), waiting: new Map(), send };
			for (const entry of own.values()) entry.members.add(member);
			return {
				snapshot: () => [...own.values()].map((entry) => stateOf(entry, now)),
				receive: (report) => receive(member, report, gossip.spread),
				leave() {
					leave(member, gossip.spread);
					forgetUnused();
				},
			};
		},
		adopt(upstreams) {
			inForce = upstreams.map((settings) => {
				const entry = entryOf(settings);
				entry.shared.reconfigure(settings);
				if (!settings.health) setHealth(entry, "unknown", now);
				return entry;
			});
			forgetUnused();
		},
		setHealth(upstream, health) {
			const entry = entries.get(identityOf(upstream));
			if (entry) setHealth(entry, health, now);
		},
		status: () => inForce.map(({ shared }) => statusOf(shared)),
	};
}

function setHealth(entry: Entry, health: Health, now: () => number): void {
	if (entry.shared.health === health) return;
	entry.shared.health = health;
	broadcast(entry, now);
}

function broadcast(entry: Entry, now: () => number): void {
	const states = [stateOf(entry, now)];
	for (const member of entry.members) member.send({ topic: "health", states });
}

function stateOf({ shared }: Entry, now: () => number): SharedState {
	const { settings, breaker, models, generation, health } = shared;
	return {
		upstream: settings.name,
		probeInMs: breaker?.probeAt === undefined ? undefined : breaker.probeAt - now(),
		models: (models?.troubled() ?? []).map(({ model, breaker: { probeAt = now() } }) => ({
			model,
			probeInMs: probeAt - now(),
		})),
		generation,
		health,
	};
}

function statusOf({ settings, breaker, models, health, waiting }: SharedUpstream): UpstreamStatus {
	return {
		name: settings.name,
		url: settings.url,
		provider: settings.provider ?? "auto",
		breaker: breaker?.state ?? "closed",
		models: (models?.troubled() ?? []).map(({ model, breaker: { state, counts } }) => ({
			model,
			breaker: state,
			failures: counts.failed,
		})),
		health,
		waiting,
		failures: breaker?.counts.failed ?? 0,
	};
}

/** Has workers informed of changes in requests under way. */
type Spread = (entries: Iterable<Entry>) => void;

/** Takes a worker's report, first what frees places, then what asks for them. */
function receive(member: Member, report: HealthReport, spread: Spread): void {
	for (const { upstream, model, generation, ok, failed } of report.outcomes)
		member.entries.get(upstream)?.shared.record(model, generation, ok, failed);
	for (const { number, outcome } of report.left) giveBack(member, number, outcome);
	for (const { number, outcome } of report.judged) giveBack(member, number, outcome);
	for (const number of report.cancelled) {
		member.waiting.get(number)?.();
		member.waiting.delete(number);
		// It may have been let through just before the worker gave up.
		giveBack(member, number, "ignored");
	}
	const decided: { number: number; isAdmitted: boolean }[] = [];
	let isAnswering = true;
	for (const request of report.asks) {
		const { number } = request;
		const entry = member.entries.get(request.upstream);
		const decide = (admission: Admission | undefined) => {
			member.waiting.delete(number);
			if (entry && admission) member.permits.set(number, { entry, admission, hasLeft: false });
			const decision = { number, isAdmitted: admission !== undefined };
			if (isAnswering) decided.push(decision);
			else member.send({ topic: "health", decided: [decision] });
		};
		if (!entry) decide(undefined);
		else ask(member, request, entry, decide);
	}
	isAnswering = false;
	if (decided.length > 0) member.send({ topic: "health", decided });
	const moved = Object.entries(report.inFlight).flatMap(([upstream, count]) => {
		const entry = member.entries.get(upstream);
		entry?.inFlight.set(member, count);
		return entry ? [entry] : [];
	});
	spread(moved.filter(({ members }) => members.size > 1));
}

function ask(
	member: Member,
	{ number, waitMs, model, isLastResort }: Ask,
	{ shared }: Entry,
	decide: (admission: Admission | undefined) => void,
): void {
	let isDecided = false;
	const withdraw = shared.enter(waitMs, { model, isLastResort }, (admission) => {
		isDecided = true;
		decide(admission);
	});
	if (!isDecided) member.waiting.set(number, withdraw);
}

/** Its place is given to another at once; a probe stays its own until it is judged. */
function giveBack(member: Member, number: number, outcome: Outcome | "undecided"): void {
	const found = member.permits.get(number);
	if (found === undefined) return;
	const { shared } = found.entry;
	if (outcome !== "undecided") {
		member.permits.delete(number);
		shared.judge(found.admission, outcome);
	}
	if (found.hasLeft) return;
	found.hasLeft = true;
	shared.leave();
}

function leave(member: Member, spread: Spread): void {
	for (const entry of member.entries.values()) {
		entry.members.delete(member);
		entry.inFlight.delete(member);
	}
	for (const withdraw of member.waiting.values()) withdraw();
	member.waiting.clear();
	for (const number of [...member.permits.keys()]) giveBack(member, number, "ignored");
	spread(member.entries.values());
}

/** Tells workers, now and then, how many requests the others have under way. */
function createGossip(): { spread: Spread } {
	const dirty = new Set<Entry>();
	let isDue = false;
	const tellAll = () => {
		isDue = false;
		const news = new Map<Member, Record<string, number>>();
		for (const { members, inFlight, shared } of dirty) {
			const total = [...inFlight.values()].reduce((sum, count) => sum + count, 0);
			for (const member of members) {
				const others = news.get(member) ?? {};
				others[shared.settings.name] = total - (inFlight.get(member) ?? 0);
				news.set(member, others);
			}
		}
		dirty.clear();
		for (const [member, others] of news) member.send({ topic: "health", others });
	};
	return {
		spread(entries) {
			for (const entry of entries) dirty.add(entry);
			if (dirty.size === 0 || isDue) return;
			isDue = true;
			setTimeout(tellAll, gossipMs).unref();
		},
	};
}
