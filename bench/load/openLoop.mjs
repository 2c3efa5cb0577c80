/**
 * Load at a fixed rate, whatever the answers do: each request has its time, and waits from then on. A process of its own; says `done`
 * over IPC. Started with one JSON argument (see OpenLoad).
 */
import { connect } from "node:net";
import { quantile } from "../numbers.mjs";
import { chatBody, httpBytes } from "./chatRequest.mjs";
import { createHttpReader } from "./httpReader.mjs";
import { reportAndExit } from "./reportAndExit.mjs";

/**
 * @typedef {object} OpenLoad
 * @property {number} port
 * @property {Record<string, string>} headers
 * @property {number} rate requests a second
 * @property {number} seconds
 * @property {number} mostConnections more are not opened: requests then wait for one that is free
 * @property {number} graceMs how long answers may take after the last request; then they are lost
 */

/** Requests of the first part don't count: connections are opened then. */
const UNCOUNTED = 0.2;
const load = /** @type {OpenLoad} */ (JSON.parse(process.argv[2] ?? "{}"));
const bytes = httpBytes(load, chatBody({ model: "bench-whole" }));
const total = Math.round(load.rate * load.seconds * (1 + UNCOUNTED));
const uncounted = Math.round(load.rate * load.seconds * UNCOUNTED);
/** @type {number[]} */
const micros = [];
/** @type {((number: number) => void)[]} connections that are free; the one used last comes first */
const free = [];
/** @type {number[]} requests whose time has come, and that no connection is free for */
const waiting = [];
const counts = { started: 0, ended: 0, errors: 0, connections: 0 };
const startedAt = performance.now();
const dueAt = (/** @type {number} */ number) => startedAt + (number * 1000) / load.rate;

const timer = setInterval(startDue, 1);
startDue();

function startDue() {
	const now = performance.now();
	while (counts.started < total && dueAt(counts.started) <= now) begin(counts.started++);
	if (counts.started < total) return;
	clearInterval(timer);
	setTimeout(finish, load.graceMs);
}

/** @param {number} number */
function begin(number) {
	const ask = free.pop();
	if (ask) ask(number);
	else {
		waiting.push(number);
		if (counts.connections < load.mostConnections) open();
	}
}

function open() {
	counts.connections++;
	const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
	let current = -1;
	const read = createHttpReader("response", {
		onHead(head) {
			if (!head.startsWith("HTTP/1.1 200")) counts.errors++;
		},
		onBody() {},
		onEnd() {
			if (current >= uncounted) micros.push((performance.now() - dueAt(current)) * 1000);
			current = -1;
			next();
			if (++counts.ended === total) finish();
		},
	});
	socket.on("data", read);
	socket.on("error", () => counts.errors++);
	socket.on("close", () => counts.connections--);
	socket.once("connect", next);

	function next() {
		const number = waiting.shift();
		if (number === undefined) free.push(ask);
		else ask(number);
	}
	/** @param {number} number */
	function ask(number) {
		current = number;
		socket.write(bytes);
	}
}

function finish() {
	const lost = total - counts.ended + counts.errors;
	const quantiles = { p50: quantile(micros, 0.5), p99: quantile(micros, 0.99) };
	reportAndExit({ type: "done", requests: total, lost, connections: counts.connections, ...quantiles });
}
