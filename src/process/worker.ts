/** A worker process: builds a gateway, listens, and drains when it is told to. */
import cluster from "node:cluster";
import { once } from "node:events";
import type { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { inspect } from "node:util";
import createDebug from "debug";
import { messageOf, Problems } from "../errors/problem.js";
import { runAfterwards } from "../exchange/afterwards.js";
import { closeStore, createGateway, type Gateway } from "../gateway/gateway.js";
import { createGatewayServer } from "../gateway/httpServer.js";
import { createWorkerPasses, type WorkerPasses } from "../keys/passes.js";
import { createKeyView, type WorkerKeys } from "../keys/worker.js";
import { RemoteLimits } from "../limits/remoteLimits.js";
import { terminalBlock } from "../logging/terminalText.js";
import type { Sample } from "../metrics/messages.js";
import { createWorkerMetrics, type WorkerMetrics } from "../metrics/workerMetrics.js";
import { connectionLimits, isOutOfFiles, openFilesLimit, outOfFilesComplaint } from "../settings/processLimits.js";
import type { Settings } from "../settings/settings.js";
import { openTracing } from "../tracing/openTracing.js";
import { createStatesView, type StatesView } from "../upstream/health/worker.js";
import { createModelView, type WorkerModels } from "../upstream/hostModels/worker.js";
import { outliveTerminal } from "./lostTerminal.js";
import type { Load, ToPrimary, ToWorker } from "./messages.js";

const debug = createDebug("llmgw:worker");

/** How long a replaced worker leaves an idle connection to its client before closing it. */
const patienceMs = 5_000;
/** How long a worker that stops waits for the first byte of a connection. */
const silenceMs = 500;
/** How long a worker that has crashed takes to tell its clients. */
const lastWordsMs = 500;

function send(message: ToPrimary): void {
	// A primary that has just been killed is still connected. Without a callback Node would throw that at everybody.
	if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** Runs until the primary says stop; when the primary is gone, until what is in flight is done. */
function runWorker(): void {
	const limits = new RemoteLimits(send);
	const metrics = createWorkerMetrics(send);
	let states: StatesView | undefined;
	let keys: WorkerKeys | undefined;
	let models: WorkerModels | undefined;
	let passes: WorkerPasses | undefined;
	let running: Running | undefined;
	let hasCrashed = false;
	const outOfFiles = outOfFilesComplaint(complain);
	let isLeaving = false;
	process.on("message", (message: ToWorker) => {
		if (message.type === "limitsAnswered") limits.receive(message);
		else if (message.type === "gather" || message.type === "scraped") metrics.receive(message);
		else if (message.type === "upstreamNews") states?.receive(message);
		else if (message.type === "keyNews" || message.type === "revocationAnswered") keys?.receive(message);
		else if (message.type === "modelNews") models?.receive(message);
		else if (message.type === "linkSpent") passes?.receive(message);
		else if (message.type === "report" && running) send({ type: "load", load: running.load() });
		else if (message.type === "drain") running ? running.drain(message.patient) : process.exit(0);
		else if (message.type === "leave") isLeaving = true;
		else if (message.type === "end") process.exit();
		else if (message.type === "start") {
			states = createStatesView(message.settings.routing.upstreams, message.states, { send });
			keys = createKeyView(message.keys, send);
			isLeaving ||= message.isLeaving;
			models = createModelView(message.models, send);
			passes = createWorkerPasses(message.passSecret, send);
			const links = { limits, states, metrics, keys, models, passes, isLeaving: () => isLeaving };
			start(message.settings, links).then((started) => {
				running = started;
				if (message.settings.metrics) metrics.start(() => started.sample());
				send({ type: "ready" });
			}, fail);
		}
	});
	// Node ends a worker without its primary at once, unless this says that it knows what it does.
	cluster.worker?.on("disconnect", () => {
		if (!running) return;
		if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
		// Who read the log may have gone with the primary.
		for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
		limits.end();
		states?.end();
		models?.end();
		metrics.end();
		running.orphan();
	});
	// A terminal's Ctrl-C reaches the whole process group; the primary decides what it means.
	for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
	// A supervisor may signal all processes of the gateway at once: then each waits as long as the primary does.
	process.on("SIGTERM", () => {
		isLeaving = true;
		setTimeout(() => {
			send({ type: "draining" });
			if (running) running.drain(false);
			else setImmediate(() => process.exit(0));
		}, running?.drainDelayMs ?? 0);
	});
	// A promise that a plugin left alone concerns one request at most.
	process.on("unhandledRejection", (reason) =>
		complain(`unhandled rejection in worker ${process.pid}: ${inspect(reason)}`),
	);
	// Behind an error that nobody caught nothing is certain, so that what is under way is broken off, and clients told.
	process.on("uncaughtException", (error) => {
		if (hasCrashed) return;
		if (isOutOfFiles(error)) {
			outOfFiles(error);
			return;
		}
		hasCrashed = true;
		complain(`worker ${process.pid} crashed: ${inspect(error)}`);
		process.exitCode = 70;
		running?.breakOff();
		// Without requests the message only needs a moment to leave.
		const leaveMs = running ? lastWordsMs : 50;
		setTimeout(() => metrics.flush(), leaveMs / 2);
		setTimeout(() => process.exit(), leaveMs);
	});
	outliveTerminal();
	send({ type: "waiting" });
}

function fail(error: unknown): void {
	const problems = error instanceof Problems ? error.problems : [{ where: "start", message: messageOf(error) }];
	debug("can't start: %o", error);
	send({ type: "failed", problems });
	process.disconnect?.();
}

function print(block: string): void {
	send({ type: "print", block });
}

function log(line: string): void {
	send({ type: "log", line });
}

function complain(block: string): void {
	if (process.connected) send({ type: "complain", block });
	else process.stderr.write(`llmw: ${terminalBlock(block)}\n`);
}

interface Running {
	readonly drainDelayMs: number;
	load(): Load;
	/** How things stand, for metrics. */
	sample(): Omit<Sample, "memory">;
	drain(patient: boolean): void;
	/** Stops accepting, and ends each stream with an error event. */
	breakOff(): void;
	/** Lets what is in flight finish without the primary, within the drain timeout, and ends. */
	orphan(): void;
}

/** What connects a worker to the primary. */
interface Links {
	limits: RemoteLimits;
	states: StatesView;
	metrics: WorkerMetrics;
	keys: WorkerKeys;
	models: WorkerModels;
	passes: WorkerPasses;
	/** The gateway is about to stop. */
	isLeaving(): boolean;
}

async function start(settings: Settings, links: Links): Promise<Running> {
	const { limits, states, metrics, keys, models, passes, isLeaving } = links;
	let drain: Drain | undefined;
	let isOrphan = false;
	const tracing = await openTracing(process.env, (failure) => send({ type: "traces", failure }));
	const gateway = await createGateway(settings, {
		counter: limits.counter,
		ledger: limits.ledger,
		states,
		metrics,
		tracing,
		keys,
		models,
		tellDefaultModel: (told) => send({ type: "defaultModel", ...told }),
		passes,
		isDraining: () => drain !== undefined,
		isLeaving,
		isOrphaned: () => isOrphan,
		print,
		log,
		complain,
	});
	// However it ends, but by force.
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
	const draining = () => {
		drain ??= startDrain(server, gateway, sockets, () => {
			metrics.flush();
			limits.flush();
		});
		return drain;
	};
	return {
		drainDelayMs: settings.drainDelayMs,
		load: () => ({ ...gateway.services.load, connections: sockets.size, upstreams: states.inFlight() }),
		sample: () => ({
			...gateway.services.load,
			connections: sockets.size,
			bodyBytes: gateway.services.bodies.heldBytes,
			upstreams: sampleUpstreams(gateway, states),
		}),
		drain(patient) {
			const started = draining();
			if (!patient) started.hurry(settings.drainTimeoutMs);
		},
		breakOff: () => draining().hurry(0),
		orphan() {
			isOrphan = true;
			draining().endWithin(settings.drainTimeoutMs);
			// It may have been drained already, and have waited for the primary's word.
			if (drain?.isDone()) process.exit(0);
		},
	};
}

function sampleUpstreams({ services }: Gateway, states: StatesView): Sample["upstreams"] {
	const inFlight = states.inFlight();
	return Object.fromEntries(
		[...services.upstreams.all].map(([name, upstream]) => [
			name,
			{ inFlight: inFlight[name] ?? 0, ...upstream.connections },
		]),
	);
}

interface Drain {
	/** Waits for requests in flight no longer than this. */
	endWithin(timeoutMs: number): void;
	/** Waits for idle connections no longer, and for requests in flight no longer than this. */
	hurry(timeoutMs: number): void;
	isDone(): boolean;
}

/** Stops accepting, lets what is in flight finish, and then ends the process. */
function startDrain(server: Server, gateway: Gateway, sockets: ReadonlySet<Socket>, flush: () => void): Drain {
	let closeIdleAt = performance.now() + patienceMs;
	let closeSilentAt = closeIdleAt;
	let late: NodeJS.Timeout | undefined;
	let lateAt = Number.POSITIVE_INFINITY;
	let isDone = false;
	const sweep = setInterval(() => {
		const now = performance.now();
		if (now >= closeIdleAt) server.closeIdleConnections();
		// Node counts a connection that has sent nothing yet among those with a request.
		if (now >= closeSilentAt) for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
	}, 50);
	// http.Server's own close would cut idle connections at once, on which a request may just be on its way.
	NetServer.prototype.close.call(server, () => {
		clearInterval(sweep);
		clearTimeout(late);
		// What the last answers left to be stored.
		Promise.all([closeStore(gateway.services), gateway.services.tracing?.close()])
			.catch((error: unknown) => debug("not all could be closed: %o", error))
			// A connection that the primary has handed over meanwhile goes back to it, unless this process is gone by then.
			.finally(() => {
				isDone = true;
				flush();
				if (process.connected) send({ type: "drained" });
				else process.exit(0);
			});
	});
	/** @returns whether that is sooner than what was said before */
	const endWithin = (timeoutMs: number): boolean => {
		const endsAt = performance.now() + timeoutMs;
		if (endsAt >= lateAt) return false;
		lateAt = endsAt;
		clearTimeout(late);
		late = setTimeout(() => void endNow(server, gateway), timeoutMs);
		return true;
	};
	return {
		endWithin,
		hurry(timeoutMs) {
			if (!endWithin(timeoutMs)) return;
			closeIdleAt = performance.now();
			closeSilentAt = closeIdleAt + silenceMs;
		},
		isDone: () => isDone,
	};
}

async function endNow(server: Server, gateway: Gateway): Promise<void> {
	const { requests } = gateway.services.load;
	if (requests > 0) complain(`worker ${process.pid} breaks off ${requests} ${requests === 1 ? "request" : "requests"}`);
	await gateway.close();
	// The error events of broken streams leave first.
	setTimeout(() => server.closeAllConnections(), 200);
}

if (cluster.isWorker) runWorker();
