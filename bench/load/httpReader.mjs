/**
 * Reads HTTP/1.1 messages from a socket's bytes as cheaply as Node allows, so that load and mock upstream
 * are not what is measured. It trusts its peer: for benchmarks on loopback only.
 */

/**
 * @typedef {"head" | "fixed" | "size" | "chunk" | "trailer"} State
 *
 * @typedef {object} HttpEvents
 * @property {(head: string) => void} onHead start line and headers, lines ended by CRLF
 * @property {(bytes: Buffer) => void} onBody a piece of the body, chunk framing removed
 * @property {() => void} onEnd the message is whole
 */

const WAIT = -1;

/**
 * @param {'request' | 'response'} kind decides what a message without a length means
 * @param {HttpEvents} events
 */
export function createHttpReader(kind, events) {
	/** @type {Buffer | undefined} */
	let unread;
	/** @type {State} */
	let state = "head";
	let remaining = 0;

	/** @param {Buffer} data */
	function feed(data) {
		const bytes = unread ? Buffer.concat([unread, data]) : data;
		unread = undefined;
		let at = 0;
		while (at < bytes.length) {
			const next = steps[state](bytes, at);
			if (next === WAIT) {
				unread = at === 0 ? bytes : bytes.subarray(at);
				return;
			}
			at = next;
		}
	}

	function end() {
		state = "head";
		events.onEnd();
	}

	/** @type {Record<State, (bytes: Buffer, at: number) => number>} */
	const steps = {
		head(bytes, at) {
			const stop = bytes.indexOf("\r\n\r\n", at);
			if (stop < 0) return WAIT;
			const head = bytes.toString("latin1", at, stop + 2);
			remaining = bodyLength(kind, head);
			state = remaining < 0 ? "size" : "fixed";
			events.onHead(head);
			if (remaining === 0) end();
			return stop + 4;
		},
		fixed(bytes, at) {
			const stop = Math.min(bytes.length, at + remaining);
			remaining -= stop - at;
			events.onBody(bytes.subarray(at, stop));
			if (remaining === 0) end();
			return stop;
		},
		size(bytes, at) {
			const stop = bytes.indexOf("\r\n", at);
			if (stop < 0) return WAIT;
			const size = Number.parseInt(bytes.toString("latin1", at, stop), 16);
			remaining = size + 2; // the chunk's own CRLF is taken with it
			state = size === 0 ? "trailer" : "chunk";
			return stop + 2;
		},
		chunk(bytes, at) {
			const stop = Math.min(bytes.length, at + remaining);
			const payload = Math.min(stop, at + remaining - 2);
			remaining -= stop - at;
			if (payload > at) events.onBody(bytes.subarray(at, payload));
			if (remaining === 0) state = "size";
			return stop;
		},
		trailer(bytes, at) {
			const stop = bytes.indexOf("\r\n", at);
			if (stop < 0) return WAIT;
			if (stop === at) end();
			return stop + 2;
		},
	};

	return feed;
}

/**
 * Bytes of the body that follows a head (RFC 9112 §6.3); negative when it is chunked, infinite when
 * it lasts until the connection closes.
 * @param {'request' | 'response'} kind
 * @param {string} head
 */
function bodyLength(kind, head) {
	const length = /\r\ncontent-length: *(\d+)/i.exec(head);
	if (length) return Number(length[1]);
	if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(head)) return -1;
	return kind === "request" || / (204|304) /.test(head.slice(0, 14)) ? 0 : Number.POSITIVE_INFINITY;
}
