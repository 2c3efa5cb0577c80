/** Starts the processes of a run, each in its own group and on its own core, and ends those and no others. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const KEPT_OUTPUT = 4000;
/** @type {Set<Started>} */
const running = new Set();

/**
 * @typedef {object} Started
 * @property {number} pid
 * @property {import("node:child_process").ChildProcess} child
 * @property {() => string} output its last output, for error messages
 * @property {(tell: (line: string) => void) => void} onOutput each line it prints from now on
 * @property {Promise<number>} ended its exit code
 * @property {() => Promise<void>} stop SIGTERM, then SIGKILL if it has not ended in five seconds
 * @property {(type: string, timeoutMs?: number) => Promise<any>} message the next IPC message of a type
 */

/**
 * @param {string[]} command
 * @param {number} [core] the core it and its children are pinned to
 * @returns {Started}
 */
export function start(command, core) {
	const pinned = core === undefined ? command : ["taskset", "-c", String(core), ...command];
	const [program = "", ...args] = pinned;
	const child = spawn(program, args, {
		detached: true, // its own process group, so that it can be ended with its children
		stdio: ["ignore", "pipe", "pipe", "ipc"],
	});
	let output = "";
	const keep = (/** @type {Buffer} */ data) => {
		output = (output + data).slice(-KEPT_OUTPUT);
	};
	child.stdout?.on("data", keep);
	child.stderr?.on("data", keep);
	const ended = once(child, "exit").then(([code, signal]) => code ?? (signal ? 1 : 0));
	const started = {
		pid: child.pid ?? 0,
		child,
		output: () => output.trim(),
		ended,
		onOutput: (/** @type {(line: string) => void} */ tell) => tellLines(child, tell),
		stop: () => stop(started),
		message: (/** @type {string} */ type, timeoutMs = 60_000) => message(started, type, timeoutMs),
	};
	running.add(started);
	ended.catch(() => {}).finally(() => running.delete(started));
	return started;
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {(line: string) => void} tell
 */
function tellLines(child, tell) {
	for (const input of [child.stdout, child.stderr]) {
		if (input) createInterface({ input }).on("line", tell);
	}
}

/** @param {Started} started */
async function stop(started) {
	if (started.child.exitCode !== null || started.child.signalCode !== null) return;
	started.child.kill("SIGTERM");
	const hasEnded = await Promise.race([started.ended.then(() => true), sleep(5000, false, { ref: false })]);
	if (!hasEnded) killGroup(started);
	await started.ended;
}

/** @param {Started} started */
function killGroup(started) {
	try {
		process.kill(-started.pid, "SIGKILL");
	} catch {
		// the group has ended by itself
	}
}

/**
 * @param {Started} started
 * @param {string} type
 * @param {number} timeoutMs
 */
function message(started, type, timeoutMs) {
	return new Promise((resolve, reject) => {
		const settle = (/** @type {() => void} */ act) => {
			clearTimeout(timer);
			started.child.off("message", onMessage);
			started.child.off("exit", onExit);
			act();
		};
		const fail = (/** @type {string} */ why) =>
			settle(() => reject(new Error(`${why} (waiting for "${type}"): ${started.output()}`)));
		const onMessage = (/** @type {any} */ data) => {
			if (data?.type === type) settle(() => resolve(data));
		};
		const onExit = () => fail("the process ended");
		const timer = setTimeout(() => fail(`no word in ${timeoutMs} ms`), timeoutMs);
		started.child.on("message", onMessage);
		started.child.once("exit", onExit);
	});
}

export async function stopAll() {
	await Promise.all([...running].map((started) => started.stop()));
}

process.on("exit", () => running.forEach(killGroup));
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
	process.once(signal, () => process.exit(130)); // the exit hook above ends what runs
}

/**
 * @param {number} pid
 * @param {number | undefined} core
 */
export function pin(pid, core) {
	if (core !== undefined) spawnSync("taskset", ["-acp", String(core), String(pid)]);
}

/** @returns {Promise<number>} a loopback port that was free a moment ago */
export async function freePort() {
	const probe = createServer().listen(0, "127.0.0.1");
	await once(probe, "listening");
	const address = /** @type {import("node:net").AddressInfo} */ (probe.address());
	probe.close();
	await once(probe, "close");
	return address.port;
}

/**
 * Asks until a request is answered with 200, and fails with the process's own output if it ends first.
 * @param {Started} started
 * @param {{ port: number, path: string, body?: string, headers?: Record<string, string> }} target
 * @param {number} [timeoutMs]
 */
export async function untilAnswered(started, target, timeoutMs = 20_000) {
	const deadline = Date.now() + timeoutMs;
	let last = "no connection";
	while (Date.now() < deadline) {
		if (started.child.exitCode !== null) throw new Error(`it ended at start: ${started.output()}`);
		last = await ask(target).catch((error) => String(error));
		if (last === "200") return;
		await sleep(4);
	}
	throw new Error(`no answer after ${timeoutMs} ms (last: ${last}): ${started.output()}`);
}

/**
 * @param {{ port: number, path: string, body?: string, headers?: Record<string, string> }} target
 * @returns {Promise<string>} the status, or what went wrong
 */
function ask({ port, path, body, headers }) {
	return new Promise((resolve, reject) => {
		const options = { host: "127.0.0.1", port, path, headers, agent: false, timeout: 5000 };
		const outgoing = request({ ...options, method: body ? "POST" : "GET" }, (incoming) => {
			incoming.resume().once("close", () => resolve(String(incoming.statusCode)));
		});
		outgoing.once("timeout", () => outgoing.destroy(new Error("timed out")));
		outgoing.once("error", reject).end(body);
	});
}
