/**
 * Opens connections, asks once over each, and leaves them open. A process of its own: says `open` over IPC when all have been answered,
 * and ends when it is told to. Started with one JSON argument (see IdleLoad).
 */
import { connect } from "node:net";
import { httpBytes } from "./chatRequest.mjs";
import { createHttpReader } from "./httpReader.mjs";
import { reportAndExit } from "./reportAndExit.mjs";

/**
 * @typedef {object} IdleLoad
 * @property {number} port
 * @property {Record<string, string>} headers
 * @property {number} connections
 * @property {number} opening how many may wait for their answer at a time
 */

const load = /** @type {IdleLoad} */ (JSON.parse(process.argv[2] ?? "{}"));
const bytes = httpBytes({ ...load, path: "/v1/models" });
const counts = { started: 0, answered: 0, closed: 0 };
let isOver = false;
for (let slot = 0; slot < Math.min(load.opening, load.connections); slot++) openNext();

function openNext() {
	if (counts.started >= load.connections) return;
	counts.started++;
	const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
	const settle = () => {
		openNext();
		if (counts.answered + counts.closed === load.connections) process.send?.({ type: "open", ...counts });
	};
	const read = createHttpReader("response", {
		onHead() {},
		onBody() {},
		onEnd() {
			counts.answered++;
			settle();
		},
	});
	socket.on("data", read);
	socket.on("error", () => {});
	socket.on("close", () => {
		if (isOver) return;
		counts.closed++;
		settle();
	});
	socket.write(bytes);
}

process.on("message", () => {
	isOver = true;
	reportAndExit({ type: "done", ...counts });
});
