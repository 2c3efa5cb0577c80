/** A worker process: builds a gateway, listens, and drains when it is told to. */
import cluster from "node:cluster";
import { once } from "node:events";
import type { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { inspect } from "node:util";
import createDebug from "debug";
import { messageOf, Problems } from "./contract/problem.js";
import type { Settings } from "./contract/settings.js";
import { createGateway, type Gateway } from "./gateway.js";
import { RemoteCounter } from "./limits/remoteCounter.js";
import { outliveTerminal } from "./lostTerminal.js";
import type { ToPrimary, ToWorker } from "./messages.js";
import { createGatewayServer } from "./server.js";

const debug = createDebug("llmgw:worker");

/** How long a replaced worker leaves an idle connection to its client before closing it. */
const patienceMs = 5_000;
/** How long a worker that stops waits for the first byte of a connection. */
const silenceMs = 500;
/** How long a worker that has crashed takes to tell its clients. */
const lastWordsMs = 500;

function send(message: ToPrimary): void {
	if (process.connected) process.send?.(message);
}

/** Runs until the primary says stop; when the primary is gone, Node itself ends its workers. */
function runWorker(): void {
	const counter = new RemoteCounter(send);
	let running: Running | undefined;
	let hasCrashed = false;
	process.on("message", (message: ToWorker) => {
		if (message.type === "taken") counter.receive(message);
		else if (message.type === "report" && running) send({ type: "load", load: running.load() });
		else if (message.type === "drain") running ? running.drain(message.patient) : process.exit(0);
		else if (message.type === "end") process.exit();
		else if (message.type === "start")
			start(message.settings, counter).then((started) => {
				running = started;
				send({ type: "ready" });
			}, fail);
	});
	// A terminal's Ctrl-C reaches the whole process group; the primary decides what it means.
	for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
	process.on("SIGTERM", () => {
		send({ type: "draining" });
		if (running) running.drain(false);
		else setImmediate(() => process.exit(0));
	});
	// A promise that a plugin left alone concerns one request at most.
	process.on("unhandledRejection", (reason) =>
		complain(`unhandled rejection in worker ${process.pid}: ${inspect(reason)}`),
	);
	// Behind an error that nobody caught nothing is certain, so that what is under way is broken off, and clients told.
	process.on("uncaughtException", (error) => {
		if (hasCrashed) return;
		hasCrashed = true;
		complain(`worker ${process.pid} crashed: ${inspect(error)}`);
		process.exitCode = 70;
		running?.breakOff();
		// Without requests the message only needs a moment to leave.
		setTimeout(() => process.exit(), running ? lastWordsMs : 50);
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

function complain(block: string): void {
	send({ type: "complain", block });
}

interface Running {
	load(): { requests: number; streams: number; connections: number };
	drain(patient: boolean): void;
	/** Stops accepting, and ends each stream with an error event. */
	breakOff(): void;
}

async function start(settings: Settings, counter: RemoteCounter): Promise<Running> {
	let drain: Drain | undefined;
	const gateway = await createGateway(settings, {
		counter,
		isDraining: () => drain !== undefined,
		print,
		complain,
	});
	const server = await createGatewayServer(gateway, settings);
	const sockets = new Set<Socket>();
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
	});
	server.listen({ host: settings.bindip, port: settings.bindport, backlog: 4096 });
	await once(server, "listening");
	debug("listening");
	const draining = () => {
		drain ??= startDrain(server, gateway, sockets);
		return drain;
	};
	return {
		load: () => ({ ...gateway.services.load, connections: sockets.size }),
		drain(patient) {
			const started = draining();
			if (!patient) started.hurry(settings.drainTimeoutMs);
		},
		breakOff: () => draining().hurry(0),
	};
}

interface Drain {
	/** Waits for idle connections no longer, and for requests in flight no longer than this. */
	hurry(timeoutMs: number): void;
}

/** Stops accepting, lets what is in flight finish, and then ends the process. */
function startDrain(server: Server, gateway: Gateway, sockets: ReadonlySet<Socket>): Drain {
	let closeIdleAt = performance.now() + patienceMs;
	let closeSilentAt = closeIdleAt;
	let late: NodeJS.Timeout | undefined;
	let lateAt = Number.POSITIVE_INFINITY;
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
		gateway.services.store
			.close()
			.catch((error: unknown) => debug("the store did not close: %o", error))
			// A connection that the primary has handed over meanwhile goes back to it, unless this process is gone by then.
			.finally(() => send({ type: "drained" }));
	});
	return {
		hurry(timeoutMs) {
			const now = performance.now();
			if (now + timeoutMs >= lateAt) return;
			lateAt = now + timeoutMs;
			closeIdleAt = now;
			closeSilentAt = now + silenceMs;
			clearTimeout(late);
			late = setTimeout(() => void endNow(server, gateway), timeoutMs);
		},
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
