/**
 * Measures single requests to the microsecond: each connection sends its next request when the answer
 * to the last is whole (or, streamed, when its first frame is there). A process of its own; says
 * `done` over IPC. Started with one JSON argument (see LatencyLoad).
 */
import { connect } from "node:net";
import { quantile } from "../numbers.mjs";
import { chatBody, httpBytes } from "./chatRequest.mjs";
import { createHttpReader } from "./httpReader.mjs";
import { reportAndExit } from "./reportAndExit.mjs";

/**
 * @typedef {object} LatencyLoad
 * @property {number} port
 * @property {Record<string, string>} headers
 * @property {number} connections
 * @property {number} requests to measure, over all connections
 * @property {number} warmup requests before them that don't count
 * @property {boolean} [stream] measures time to the first frame instead of to the whole answer
 */

const load = /** @type {LatencyLoad} */ (JSON.parse(process.argv[2] ?? "{}"));
const body = load.stream ? chatBody({ model: "bench-stream-0-4", stream: true }) : chatBody({ model: "bench-whole" });
const bytes = httpBytes(load, body);
/** @type {number[]} */
const micros = [];
let sent = 0;
let errors = 0;
let open = load.connections;
const total = load.warmup + load.requests;

for (let number = 0; number < load.connections; number++) ask();

function ask() {
	const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
	let askedAt = 0n;
	let isCounted = false;
	const read = createHttpReader("response", {
		onHead(head) {
			if (!head.startsWith("HTTP/1.1 200")) errors++;
		},
		onBody() {
			if (load.stream) time();
		},
		onEnd() {
			time();
			next();
		},
	});
	socket.on("data", read);
	socket.on("error", () => errors++);
	socket.on("close", leave);
	socket.once("connect", next);

	function time() {
		const took = Number(process.hrtime.bigint() - askedAt) / 1000;
		if (isCounted) micros.push(took);
		isCounted = false;
	}
	function next() {
		if (sent >= total || errors > 100) return socket.destroy();
		sent++;
		isCounted = sent > load.warmup;
		askedAt = process.hrtime.bigint();
		socket.write(bytes);
	}
}

function leave() {
	if (--open > 0) return;
	const quantiles = { p50: quantile(micros, 0.5), p99: quantile(micros, 0.99) };
	reportAndExit({ type: "done", requests: micros.length, errors, ...quantiles });
}
