/**
 * Opens WebSockets, and leaves them open, answering the pings. A process of its own: says `open` over IPC when all handshakes have been
 * answered, and ends when it is told to. Started with one JSON argument (see IdleSockets).
 */
import { connect } from "node:net";
import { reportAndExit } from "./reportAndExit.mjs";

/**
 * @typedef {object} IdleSockets
 * @property {number} port
 * @property {Record<string, string>} headers
 * @property {number} connections
 * @property {number} opening how many may wait for their answer at a time
 */

const load = /** @type {IdleSockets} */ (JSON.parse(process.argv[2] ?? "{}"));
const headers = {
	host: "127.0.0.1",
	connection: "Upgrade",
	upgrade: "websocket",
	"sec-websocket-version": "13",
	"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
	...load.headers,
};
const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
const handshake = `GET /v1/responses HTTP/1.1\r\n${lines.join("")}\r\n`;
/** Without a payload, and with a mask that changes nothing. */
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const ping = 0x89;

const counts = { started: 0, answered: 0, closed: 0 };
let isOver = false;
for (let slot = 0; slot < Math.min(load.opening, load.connections); slot++) openNext();

function openNext() {
	if (counts.started >= load.connections) return;
	counts.started++;
	const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
	let isOpen = false;
	const settle = () => {
		openNext();
		if (counts.answered + counts.closed === load.connections) process.send?.({ type: "open", ...counts });
	};
	socket.on("data", (bytes) => {
		if (isOpen) {
			if (bytes[0] === ping) socket.write(pong);
			return;
		}
		isOpen = bytes.toString("latin1").startsWith("HTTP/1.1 101 ");
		if (!isOpen) {
			socket.destroy();
			return;
		}
		counts.answered++;
		settle();
	});
	socket.on("error", () => {});
	socket.on("close", () => {
		if (isOver) return;
		if (isOpen) counts.answered--;
		counts.closed++;
		if (!isOpen) settle();
	});
	socket.write(handshake);
}

process.on("message", () => {
	isOver = true;
	reportAndExit({ type: "done", ...counts });
});
