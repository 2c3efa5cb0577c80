/**
 * Load in rounds of a few requests, over connections that stay open between them, so that two kinds of requests can take
 * turns many times a second. A process of its own: each message `{ body, requests }` is one round, and is answered with
 * `done`. Started with one JSON argument (see RoundsLoad).
 */
import { connect } from "node:net";
import { httpBytes } from "./chatRequest.mjs";
import { createHttpReader } from "./httpReader.mjs";

/**
 * @typedef {object} RoundsLoad
 * @property {number} port
 * @property {Record<string, string>} headers
 * @property {number} connections each has one request in flight
 */

const load = /** @type {RoundsLoad} */ (JSON.parse(process.argv[2] ?? "{}"));
const asks = Array.from({ length: load.connections }, openConnection);
let bytes = Buffer.alloc(0);
let remaining = 0;
let inFlight = 0;
let errors = 0;

function openConnection() {
	const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
	socket.on("error", fail);
	socket.on("close", fail);
	const read = createHttpReader("response", {
		onHead(head) {
			if (!head.startsWith("HTTP/1.1 200")) errors++;
		},
		onBody() {},
		onEnd() {
			inFlight--;
			ask();
		},
	});
	socket.on("data", read);
	return ask;

	function ask() {
		if (remaining > 0) {
			remaining--;
			inFlight++;
			socket.write(bytes);
		} else if (inFlight === 0) process.send?.({ type: "done", errors });
	}
}

/** Fails the run: with a lost connection, a round would last for ever. */
function fail() {
	process.send?.({ type: "done", errors: errors + 1 }, undefined, undefined, () => process.exit(1));
}

process.on("message", (/** @type {{ body: string, requests: number }} */ round) => {
	bytes = httpBytes(load, round.body);
	remaining = round.requests;
	errors = 0;
	for (const ask of asks) if (remaining > 0) ask();
});
process.on("disconnect", () => process.exit());
