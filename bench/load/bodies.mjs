/**
 * Sends a large request body again and again over some connections, the next one when the answer to the last is whole. A process of
 * its own; says `done` over IPC. Started with one JSON argument (see BodyLoad).
 */
import { connect } from "node:net";
import { quantile } from "../numbers.mjs";
import { httpBytes, turnsBody } from "./chatRequest.mjs";
import { createHttpReader } from "./httpReader.mjs";
import { reportAndExit } from "./reportAndExit.mjs";

/**
 * @typedef {object} BodyLoad
 * @property {number} port
 * @property {Record<string, string>} headers
 * @property {string} model
 * @property {number} bytes of a body
 * @property {number} connections
 * @property {number} requests in all
 * @property {number} warmup requests before them that don't count
 */

const load = /** @type {BodyLoad} */ (JSON.parse(process.argv[2] ?? "{}"));
const bytes = httpBytes(load, turnsBody(load.model, load.bytes));
/** @type {number[]} */
const micros = [];
const counts = { answered: 0, refused: 0, errors: 0 };
const total = load.requests + load.warmup;
let sent = 0;
let open = load.connections;
for (let number = 0; number < load.connections; number++) keepAsking();

function keepAsking() {
	const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
	let askedAt = 0;
	let isCounted = false;
	let status = 0;
	const read = createHttpReader("response", {
		onHead(head) {
			status = Number(head.slice(9, 12));
		},
		onBody() {},
		onEnd() {
			if (status === 200) counts.answered++;
			else counts.refused++;
			if (isCounted && status === 200) micros.push((performance.now() - askedAt) * 1000);
			next();
		},
	});
	socket.on("data", read);
	socket.on("error", () => counts.errors++);
	socket.on("close", leave);
	socket.once("connect", next);

	function next() {
		if (sent >= total) return socket.destroy();
		sent++;
		isCounted = sent > load.warmup;
		askedAt = performance.now();
		socket.write(bytes);
	}
}

function leave() {
	if (--open > 0) return;
	reportAndExit({ type: "done", ...counts, p50: quantile(micros, 0.5), p99: quantile(micros, 0.99) });
}
