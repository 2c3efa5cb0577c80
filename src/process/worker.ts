/** A worker process: lives from the primary's `start` to its `end`, or drains by itself when the primary is gone. */
import cluster from "node:cluster";
import { inspect } from "node:util";
import createDebug from "debug";
import { messageOf, Problems } from "../errors/problem.js";
import { terminalBlock } from "../logging/terminalText.js";
import { isOutOfFiles, outOfFilesComplaint } from "../settings/processLimits.js";
import type { TopicMessage } from "./channel/topic.js";
import { openWorkerChannel, type WorkerChannel } from "./channel/worker.js";
import { outliveTerminal } from "./lostTerminal.js";
import { isOfTopic, type Received, type StartMessage, type ToPrimary, type ToWorker } from "./messages.js";
import { type Serving, startServing } from "./serving.js";
import { openWorkerTopics } from "./workerTopics.js";

const debug = createDebug("llmgw:worker");

/** How long a worker that has crashed takes to tell its clients. */
const lastWordsMs = 500;

let channel: WorkerChannel | undefined;
let serving: Serving | undefined;
/** The gateway is about to stop. */
let isLeaving = false;

function send(message: ToPrimary | TopicMessage): void {
	// A primary that was just killed still counts as connected. Without a callback Node would throw that at everybody.
	if (process.connected) process.send?.(message, undefined, undefined, () => {});
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

/** Runs until the primary says stop; when the primary is gone, until what is in flight is done. */
function runWorker(): void {
	process.on("message", receive);
	// Node ends a worker without its primary at once, unless this says that it knows what it does.
	cluster.worker?.on("disconnect", () => {
		if (!serving) return;
		if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
		// Whoever read the log may have gone with the primary.
		for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
		channel?.end();
		serving.orphan();
	});
	// A terminal's Ctrl-C reaches the whole process group; the primary decides what it means.
	for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
	process.on("SIGTERM", leaveBySignal);
	// A promise that a plugin left alone concerns one request at most.
	process.on("unhandledRejection", (reason) =>
		complain(`unhandled rejection in worker ${process.pid}: ${inspect(reason)}`),
	);
	endOnCrash();
	outliveTerminal();
	send({ type: "waiting" });
}

function receive(message: Received<ToWorker>): void {
	if (isOfTopic(message)) channel?.receive(message);
	else obey(message);
}

function obey(message: ToWorker): void {
	switch (message.type) {
		case "start":
			start(message);
			break;
		case "leave":
			isLeaving = true;
			break;
		case "report":
			if (serving) send({ type: "load", load: serving.load() });
			break;
		case "drain":
			if (serving) serving.drain(message.patient);
			else process.exit(0);
			break;
		case "end":
			process.exit();
	}
}

function start({ settings, snapshots, isLeaving: isGatewayLeaving }: StartMessage): void {
	isLeaving ||= isGatewayLeaving;
	const opened = openWorkerChannel(send, snapshots);
	const topics = openWorkerTopics(opened, settings, complain);
	channel = opened;
	const surroundings = { topics, print, log, complain, isLeaving: () => isLeaving, drained: () => endDrained(opened) };
	startServing(settings, surroundings).then((started) => {
		serving = started;
		if (settings.metrics) topics.metrics.start(() => started.sample());
		send({ type: "ready" });
	}, fail);
}

function fail(error: unknown): void {
	const problems = error instanceof Problems ? error.problems : [{ where: "start", message: messageOf(error) }];
	debug("can't start: %o", error);
	send({ type: "failed", problems });
	process.disconnect?.();
}

function endDrained(opened: WorkerChannel): void {
	opened.flush();
	// The primary answers `end`. A connection that it hands over meanwhile goes back to it only while this process is there.
	if (process.connected) send({ type: "drained" });
	else process.exit(0);
}

/** A supervisor may signal all processes of the gateway at once: then each waits as long as the primary does. */
function leaveBySignal(): void {
	isLeaving = true;
	setTimeout(() => {
		send({ type: "draining" });
		if (serving) serving.drain(false);
		else setImmediate(() => process.exit(0));
	}, serving?.drainDelayMs ?? 0);
}

/** After an error that nobody caught nothing is certain, so that what is under way is broken off, and clients are told. */
function endOnCrash(): void {
	const outOfFiles = outOfFilesComplaint(complain);
	let hasCrashed = false;
	process.on("uncaughtException", (error) => {
		if (hasCrashed) return;
		if (isOutOfFiles(error)) {
			outOfFiles(error);
			return;
		}
		hasCrashed = true;
		complain(`worker ${process.pid} crashed: ${inspect(error)}`);
		process.exitCode = 70;
		serving?.breakOff();
		// Without requests the message only needs a moment to leave.
		const leaveMs = serving ? lastWordsMs : 50;
		setTimeout(() => channel?.flush(), leaveMs / 2);
		setTimeout(() => process.exit(), leaveMs);
	});
}

if (cluster.isWorker) runWorker();
