/**
 * The mock upstream of benchmark and soak: a process of its own on a bare TCP server, quick enough
 * not to be what is measured. The request's `model` says how it answers; see bench/README.md.
 * Usage: node bench/mockUpstream.mjs PORT [IDLE_TIMEOUT_MS]; the parent talks to it over IPC.
 */
import { createServer } from "node:net";
import { createHttpReader } from "./load/httpReader.mjs";
import { CUT_JSON, ending, failure, frame, GARBAGE, MODELS, STREAM_HEAD, WHOLE } from "./mockUpstream/frames.mjs";
import { createPacer } from "./mockUpstream/pacer.mjs";

const [port, idleTimeoutMs] = process.argv.slice(2).map(Number);
/** A translator may put `stream` behind a whole conversation. */
const HEAD_OF_BODY = 64 * 1024;
/** What a client means to leave takes far longer than it stays, on a busy machine too. */
const LEFT_WHOLE_MS = 8000;
const LEFT_STREAM = { intervalMs: 5, frames: 1600 };
const pace = createPacer();
const stats = {
	connections: 0,
	requests: 0,
	answered: 0,
	cancelled: 0,
	cut: 0,
	leftWhole: 0,
	leftStreams: 0,
	bytesIn: 0,
};
/** @type {Set<{ stop: () => void }>} */
const streams = new Set();
/** @typedef {import("node:net").Socket & { busy?: boolean }} ClientSocket */
/** @type {Set<ClientSocket>} */
const sockets = new Set();

const server = createServer({ noDelay: true }, serve);
listen();

function listen() {
	server.listen({ port, host: "127.0.0.1", backlog: 4096 });
}

/** @param {ClientSocket} socket */
function serve(socket) {
	let method = "GET";
	let start = "";
	stats.connections++;
	sockets.add(socket);
	if (idleTimeoutMs) socket.setTimeout(idleTimeoutMs, () => socket.busy || socket.end());
	const read = createHttpReader("request", {
		onHead(head) {
			method = head.slice(0, 4);
			start = "";
			socket.busy = true;
			stats.requests++;
		},
		onBody(bytes) {
			stats.bytesIn += bytes.length;
			if (start.length < HEAD_OF_BODY) start += bytes.toString("latin1", 0, HEAD_OF_BODY - start.length);
		},
		onEnd() {
			if (method === "POST") answer(socket, start);
			else finish(socket, MODELS);
		},
	});
	socket.on("data", read);
	socket.on("error", () => {});
	socket.on("close", () => {
		sockets.delete(socket);
		if (socket.busy) stats.cancelled++;
	});
}

/**
 * @param {ClientSocket} socket
 * @param {string | Buffer} bytes the answer's last ones
 */
function finish(socket, bytes) {
	if (socket.destroyed) return socket;
	socket.busy = false;
	stats.answered++;
	socket.write(bytes, "latin1");
	return socket;
}

/**
 * @param {ClientSocket} socket
 * @param {string} body its first bytes, in which the client puts `model`, `stream` and `user`
 */
function answer(socket, body) {
	const [, kind, first, second] = /"model"\s*:\s*"bench-([a-z]+)-?([\d.]*)-?(\d*)"/.exec(body) ?? [];
	const isStream = /"stream"\s*:\s*true/.test(body);
	if (kind === "fail") finish(socket, failure(Number(first)));
	else if (kind === "garbage") finish(socket, GARBAGE).end();
	else if (kind === "badjson") finish(socket, CUT_JSON);
	else if (kind === "slow") setTimeout(finish, Number(first), socket, WHOLE);
	else if (kind === "left") answerLeft(socket, body, isStream);
	else if (isStream) openStream(socket, body, Number(first) || 0, Number(second || 16), kind === "cut");
	else finish(socket, WHOLE);
}

/**
 * @param {ClientSocket} socket
 * @param {string} body
 * @param {boolean} isStream
 */
function answerLeft(socket, body, isStream) {
	stats[isStream ? "leftStreams" : "leftWhole"]++;
	if (isStream) openStream(socket, body, LEFT_STREAM.intervalMs, LEFT_STREAM.frames, false);
	else setTimeout(finish, LEFT_WHOLE_MS, socket, WHOLE);
}

/**
 * @param {ClientSocket} socket
 * @param {string} body
 * @param {number} intervalMs 0 sends all frames at once
 * @param {number} frames 0 streams until the parent says `finish`
 * @param {boolean} isCut whether to break the connection instead of ending the stream
 */
function openStream(socket, body, intervalMs, frames, isCut) {
	const id = /"user"\s*:\s*"s(\d+)"/.exec(body)?.[1] ?? "0";
	let sent = 1;
	socket.write(STREAM_HEAD + frame(id, 1), "latin1");
	const stream = { stop };
	streams.add(stream);
	const paced = intervalMs ? pace(intervalMs, next) : undefined;
	socket.once("close", leave);
	if (!paced) while (streams.has(stream)) next();

	function next() {
		if (frames && sent >= frames) stop();
		else socket.write(frame(id, ++sent), "latin1");
	}
	function leave() {
		if (paced) paced.stopped = true;
		streams.delete(stream);
	}
	function stop() {
		leave();
		socket.off("close", leave);
		if (!isCut) {
			finish(socket, ending(id, sent));
			return;
		}
		stats.cut++;
		socket.busy = false;
		socket.resetAndDestroy();
	}
}

/** Refuses connections for a while, as a server that restarts does; answers in flight may end. */
function outage(/** @type {number} */ forMs) {
	server.close();
	for (const socket of sockets) if (!socket.busy) socket.destroy();
	setTimeout(listen, forMs);
}

process.on("message", (/** @type {{ do: string, forMs?: number }} */ order) => {
	if (order.do === "finish") for (const stream of [...streams]) stream.stop();
	if (order.do === "outage") outage(order.forMs ?? 300);
	const busy = [...sockets].filter((socket) => socket.busy).length;
	process.send?.({ type: "stats", ...stats, open: sockets.size, busy });
});
process.on("disconnect", () => process.exit());
