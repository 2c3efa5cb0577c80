/** A worker that serves: its gateway, its HTTP server, and its end. */
import { once } from "node:events";
import type { Socket } from "node:net";
import createDebug from "debug";
import type { Contract } from "../contract/contract.js";
import { messageOf } from "../errors/problem.js";
import { runAfterwards } from "../exchange/afterwards.js";
import { createGateway, type Gateway, type Surroundings } from "../gateway/gateway.js";
import { createGatewayServer } from "../gateway/httpServer.js";
import { ownTurn } from "../json/turns.js";
import type { Sample } from "../metrics/messages.js";
import { connectionLimits, openFilesLimit } from "../settings/processLimits.js";
import type { Settings } from "../settings/settings.js";
import { openTracing } from "../tracing/openTracing.js";
import type { WorkerHealth } from "../upstream/health/worker.js";
import { type Drain, startDrain } from "./drain.js";
import type { Load } from "./messages.js";
import type { WorkerTopics } from "./workerTopics.js";

const debug = createDebug("llmgw:worker");

export interface Serving {
	readonly drainDelayMs: number;
	load(): Load;
	/** Its state, for metrics. */
	sample(): Omit<Sample, "memory">;
	drain(patient: boolean): void;
	/** Stops accepting, and ends each stream with an error event. */
	breakOff(): void;
	/** Lets what is in flight finish without the primary, within the drain timeout, and ends. */
	orphan(): void;
}

/** What the worker's process provides. */
export interface WorkerSurroundings extends Required<Pick<Surroundings, "print" | "log" | "complain" | "isLeaving">> {
	readonly topics: WorkerTopics;
	/** Nothing is in flight any more, and nothing new comes. */
	drained(): void;
}

/** Builds the gateway and listens. @throws Problems when it can't start */
export async function startServing(
	settings: Settings,
	{ topics, ...surroundings }: WorkerSurroundings,
): Promise<Serving> {
	const {
		limits,
		health,
		metrics,
		keys,
		lessons,
		models,
		passes,
		tokens,
		traces,
		replay,
		sessions,
		sockets: places,
		warmth,
		cache,
		sealKeys,
		background,
	} = topics;
	const { complain } = surroundings;
	let drain: Drain | undefined;
	let isOrphan = false;
	const tracing = await openTracing(process.env, traces.report);
	const gateway = await createGateway(settings, {
		counter: limits.counter,
		ledger: limits.ledger,
		states: health,
		metrics,
		tracing,
		keys,
		lessons,
		models,
		tellDefaultModel: models.reportDefault,
		passes,
		tokens,
		sessions,
		places,
		replays: replay,
		memory: cache,
		background,
		warmth,
		seals: sealKeys.seals,
		isDraining: () => drain !== undefined,
		isOrphaned: () => isOrphan,
		print: surroundings.print,
		log: surroundings.log,
		isLeaving: surroundings.isLeaving,
		complain,
	});
	gateway.services.bodies.noteStart();
	// However the process ends, unless it is killed.
	process.on("exit", () => {
		runAfterwards();
		gateway.services.usage?.close();
	});
	const server = await createGatewayServer(gateway, settings, connectionLimits(openFilesLimit()));
	const sockets = new Set<Socket>();
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
	});
	server.listen({ host: settings.bindip, port: settings.bindport, backlog: 4096 });
	await once(server, "listening");
	debug("listening");
	setTimeout(() => {
		compileForwarded(gateway.services.contract).catch((error) => complain(messageOf(error)));
	}, quietMs).unref();
	const draining = () => {
		drain ??= startDrain({ server, gateway, sockets, complain, done: surroundings.drained });
		return drain;
	};
	return {
		drainDelayMs: settings.drainDelayMs,
		load: () => ({
			...gateway.services.load,
			connections: sockets.size,
			websockets: gateway.services.sockets.count,
			upstreams: health.inFlight(),
		}),
		sample: () => ({
			...gateway.services.load,
			connections: sockets.size,
			websockets: gateway.services.sockets.count,
			sessions: gateway.services.sockets.sessions,
			bodyBytes: gateway.services.bodies.heldBytes,
			bodiesWaiting: gateway.services.bodies.waiting,
			upstreams: sampleUpstreams(gateway, health),
		}),
		drain(patient) {
			const started = draining();
			if (!patient) started.hurry(settings.drainTimeoutMs);
		},
		breakOff: () => draining().hurry(0),
		orphan() {
			isOrphan = true;
			draining().endWithin(settings.drainTimeoutMs);
			// It may have been drained already, and be waiting for the primary to end it.
			if (drain?.isDone()) process.exit(0);
		},
	};
}

/** The first requests have the processor for themselves. */
const quietMs = 1000;

/** What is forwarded is asked for soon: it is compiled while nobody waits, one operation in a turn. Others are often never used. */
async function compileForwarded({ operations }: Contract): Promise<void> {
	for (const operation of operations) {
		if (operation.upstreamPath === undefined) continue;
		await ownTurn();
		operation.compile();
	}
}

function sampleUpstreams({ services }: Gateway, health: WorkerHealth): Sample["upstreams"] {
	const inFlight = health.inFlight();
	return Object.fromEntries(
		[...services.upstreams.all].map(([name, upstream]) => [
			name,
			{ inFlight: inFlight[name] ?? 0, ...upstream.connections },
		]),
	);
}
