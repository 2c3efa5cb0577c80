/** A worker process: builds a gateway, listens, and drains when it is told to. */
import cluster from "node:cluster";
import { once } from "node:events";
import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import createDebug from "debug";
import { messageOf, Problems } from "./contract/problem.js";
import type { Settings } from "./contract/settings.js";
import { createGateway, type Gateway } from "./gateway.js";
import { RemoteCounter } from "./limits/remoteCounter.js";
import type { ToPrimary, ToWorker } from "./messages.js";
import { createGatewayServer } from "./server.js";

const debug = createDebug("llmgw:worker");

/** How long a replaced worker leaves an idle connection to its client before closing it. */
const patienceMs = 5_000;

function send(message: ToPrimary): void {
	if (process.connected) process.send?.(message);
}

/** Runs until the primary says stop, or is gone. */
function runWorker(): void {
	const counter = new RemoteCounter(send);
	let running: Running | undefined;
	process.on("message", (message: ToWorker) => {
		if (message.type === "taken") counter.receive(message);
		else if (message.type === "report" && running) send({ type: "load", load: running.load() });
		else if (message.type === "drain") void running?.drain(message.patient);
		else if (message.type === "start")
			start(message.settings, counter).then((started) => {
				running = started;
				send({ type: "ready" });
			}, fail);
	});
	// A terminal's Ctrl-C reaches the whole process group; the primary decides what it means.
	for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
	process.on("SIGTERM", () => (running ? void running.drain(false) : process.exit(0)));
	process.on("disconnect", () => (running ? void running.drain(false) : process.exit(0)));
	process.on("uncaughtException", (error) => crash(error));
	process.on("unhandledRejection", (error) => crash(error));
	send({ type: "waiting" });
}

function fail(error: unknown): void {
	const problems = error instanceof Problems ? error.problems : [{ where: "start", message: messageOf(error) }];
	debug("can't start: %o", error);
	send({ type: "failed", problems });
	process.disconnect?.();
}

function crash(error: unknown): void {
	send({
		type: "print",
		block: `worker ${process.pid} crashed: ${error instanceof Error ? error.stack : String(error)}`,
	});
	// Give the message a moment to leave.
	setTimeout(() => process.exit(70), 50);
}

interface Running {
	load(): { requests: number; streams: number; connections: number };
	drain(patient: boolean): Promise<void>;
}

async function start(settings: Settings, counter: RemoteCounter): Promise<Running> {
	let draining = false;
	const gateway = await createGateway(settings, {
		counter,
		isDraining: () => draining,
		print: (block) => send({ type: "print", block }),
	});
	const server = await createGatewayServer(gateway, settings);
	let connections = 0;
	server.on("connection", (socket) => {
		connections += 1;
		socket.once("close", () => {
			connections -= 1;
		});
	});
	server.listen({ host: settings.bindip, port: settings.bindport, backlog: 4096 });
	await once(server, "listening");
	debug("listening");
	return {
		load: () => ({ ...gateway.services.load, connections }),
		async drain(patient) {
			if (draining) return;
			draining = true;
			await drain(server, gateway, settings.drainTimeoutMs, patient);
			process.exit(0);
		},
	};
}

/** Stops accepting, lets what is in flight finish, and ends what takes longer than it may. */
async function drain(server: Server, gateway: Gateway, timeoutMs: number, patient: boolean): Promise<void> {
	// http.Server's own close would cut idle connections at once, on which a request may just be on its way.
	const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
	const startedAt = performance.now();
	const closeIdle = () => {
		if (!patient || performance.now() - startedAt > patienceMs) server.closeIdleConnections();
	};
	closeIdle();
	const sweep = setInterval(closeIdle, 100);
	const late = setTimeout(() => void endNow(server, gateway), timeoutMs);
	await closed;
	clearInterval(sweep);
	clearTimeout(late);
}

async function endNow(server: Server, gateway: Gateway): Promise<void> {
	debug("the drain timeout has passed");
	await gateway.close();
	// The error events of broken streams leave first.
	setTimeout(() => server.closeAllConnections(), 200);
}

if (cluster.isWorker) runWorker();
