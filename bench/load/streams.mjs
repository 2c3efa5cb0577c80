/**
 * Opens many streams at once and checks every frame of every one; a process of its own. It says
 * `open` over IPC when all have their first frame, answers `mark` with what it has counted so far, and
 * says `done` when all have ended. Started with one JSON argument (see StreamLoad).
 */
import { connect } from "node:net";
import { quantile } from "../numbers.mjs";
import { chatBody, httpBytes } from "./chatRequest.mjs";
import { createFrameCheck } from "./frameCheck.mjs";
import { createHttpReader } from "./httpReader.mjs";
import { reportAndExit } from "./reportAndExit.mjs";

/**
 * @typedef {object} StreamLoad
 * @property {number} port
 * @property {Record<string, string>} headers
 * @property {number} streams
 * @property {number} intervalMs between two frames of one stream
 * @property {number} opening how many may wait for their first frame at a time
 */

const OPEN_TIMEOUT_MS = 60_000;
const load = /** @type {StreamLoad} */ (JSON.parse(process.argv[2] ?? "{}"));
const totals = { frames: 0, lost: 0, reordered: 0, foreign: 0, whole: 0, cut: 0, refused: 0 };
/** @type {number[]} */
const firstByteMicros = [];
let started = 0;
let opened = 0;
let ended = 0;
let isSaid = false;

const openTimer = setTimeout(sayOpen, OPEN_TIMEOUT_MS);
for (let slot = 0; slot < load.opening; slot++) openNext();

function openNext() {
	if (started < load.streams) openStream(++started);
}

/** @param {number} number */
function openStream(number) {
	const check = createFrameCheck(number);
	const askedAt = performance.now();
	let status = 0;
	let isOpen = false;
	const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
	const model = `bench-stream-${load.intervalMs}-0`;
	socket.write(httpBytes(load, chatBody({ model, stream: true, user: `s${number}` })));
	const read = createHttpReader("response", {
		onHead(head) {
			status = Number(head.slice(9, 12));
		},
		onBody(bytes) {
			const before = check.seen.frames;
			check.feed(bytes.toString("latin1"));
			totals.frames += check.seen.frames - before;
			if (!isOpen && check.seen.frames > 0) becomeOpen();
		},
		onEnd: () => socket.destroy(),
	});
	socket.on("data", read);
	socket.on("error", () => {});
	socket.on("close", () => end(check.seen, status, isOpen));

	function becomeOpen() {
		isOpen = true;
		firstByteMicros.push((performance.now() - askedAt) * 1000);
		opened++;
		openNext();
		if (opened + ended >= load.streams) sayOpen();
	}
}

/**
 * @param {ReturnType<typeof createFrameCheck>['seen']} seen
 * @param {number} status
 * @param {boolean} wasOpen
 */
function end(seen, status, wasOpen) {
	ended++;
	totals.lost += seen.lost;
	totals.reordered += seen.reordered;
	totals.foreign += seen.foreign;
	if (status !== 200) totals.refused++;
	else if (seen.isWhole) totals.whole++;
	else totals.cut++;
	if (!wasOpen) openNext();
	if (ended === load.streams) {
		sayOpen();
		reportAndExit({ type: "done", ...totals });
	}
}

function sayOpen() {
	if (isSaid) return;
	isSaid = true;
	clearTimeout(openTimer);
	const firstByte = { p50: quantile(firstByteMicros, 0.5), p99: quantile(firstByteMicros, 0.99) };
	process.send?.({ type: "open", opened, firstByte });
}

process.on("message", () => {
	const { user, system } = process.cpuUsage();
	process.send?.({ type: "mark", frames: totals.frames, at: performance.now(), cpu: user + system });
});
