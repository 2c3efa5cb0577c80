/** Bytes on a socket, for requests that no HTTP client would send. */
import { connect } from "node:net";

export interface RawResponse {
	text: string;
	/** Of the first response; 0 when there was none. */
	status: number;
	head: string;
	body: string;
	/** The server closed the connection within the time. */
	closed: boolean;
}

/** Sends bytes and collects what comes back until the server closes, or until `waitMs` without a close. */
export function sendRaw(port: number, bytes: string | Buffer, waitMs = 1000): Promise<RawResponse> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, "127.0.0.1");
		let text = "";
		const finish = (closed: boolean) => {
			clearTimeout(timer);
			socket.destroy();
			const [head = "", ...rest] = text.split("\r\n\r\n");
			const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
			resolve({ text, status, head, body: rest.join("\r\n\r\n"), closed });
		};
		const timer = setTimeout(() => finish(false), waitMs);
		socket.on("data", (chunk) => {
			text += chunk.toString("latin1");
		});
		socket.on("close", () => finish(true));
		socket.on("error", (error: NodeJS.ErrnoException) => {
			if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
		});
		socket.write(bytes);
	});
}
