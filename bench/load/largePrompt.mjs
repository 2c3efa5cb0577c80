/**
 * Keeps large prompts in flight and meanwhile asks for /healthz again and again through the same
 * worker: the slowest of those answers shows how long its event loop was blocked. A process of its
 * own; says `done` over IPC. Started with one JSON argument (see LargeLoad).
 */
import { connect } from "node:net";
import { quantile } from "../numbers.mjs";
import { httpBytes, imageBody } from "./chatRequest.mjs";
import { createHttpReader } from "./httpReader.mjs";
import { reportAndExit } from "./reportAndExit.mjs";

/**
 * @typedef {object} LargeLoad
 * @property {number} port
 * @property {Record<string, string>} headers
 * @property {number} inFlight
 * @property {number} bodyBytes
 * @property {number} requests in all; 0 only asks for /healthz
 * @property {number} holdMs how long the upstream thinks, so that all are in flight together
 * @property {number} probeMs how long to go on at least
 */

const PROBE_GAP_MS = 3;
const load = /** @type {LargeLoad} */ (JSON.parse(process.argv[2] ?? "{}"));
const large = httpBytes(load, imageBody(`bench-slow-${load.holdMs}`, load.bodyBytes));
const tiny = httpBytes({ ...load, path: "/healthz" });
const counts = { answered: 0, errors: 0, started: 0 };
/** @type {number[]} */
const probeMs = [];
const startedAt = performance.now();

for (let number = 0; number < load.inFlight; number++) keepAsking(large, nextLarge, onLarge);
keepAsking(tiny, () => !isOver(), onProbe, PROBE_GAP_MS);

function nextLarge() {
	return counts.started < load.requests && ++counts.started > 0;
}
function onLarge(/** @type {number} */ _ms, /** @type {number} */ status) {
	if (status === 200) counts.answered++;
	else counts.errors++;
}
function onProbe(/** @type {number} */ ms) {
	probeMs.push(ms);
}
function isOver() {
	if (counts.answered + counts.errors < load.requests || performance.now() - startedAt < load.probeMs) return false;
	const probe = { probes: probeMs.length, p50: quantile(probeMs, 0.5), max: Math.max(...probeMs) };
	reportAndExit({ type: "done", ...counts, ...probe });
	return true;
}

/**
 * One keep-alive connection that sends the same bytes again after each answer.
 * @param {Buffer} bytes
 * @param {() => boolean} wantsNext
 * @param {(ms: number, status: number) => void} onAnswer
 * @param {number} [gapMs]
 */
function keepAsking(bytes, wantsNext, onAnswer, gapMs = 0) {
	const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
	let askedAt = 0;
	let status = 0;
	const read = createHttpReader("response", {
		onHead(head) {
			status = Number(head.slice(9, 12));
		},
		onBody() {},
		onEnd() {
			onAnswer(performance.now() - askedAt, status);
			setTimeout(send, gapMs);
		},
	});
	socket.on("data", read);
	socket.on("error", () => counts.errors++);
	socket.once("connect", send);

	function send() {
		if (!wantsNext()) return socket.destroy();
		askedAt = performance.now();
		socket.write(bytes);
	}
}
