/** What the operator reads: never waited for, so that a log whose reader stalls can't stop the gateway. */
import cluster from "node:cluster";

/** What waits for a reader that is behind; what comes on top of it is left out. */
const maxWaitingCharacters = 1024 * 1024;

export interface Output {
	/** One line or one block, without its newline. */
	write(block: string): void;
	/** Resolves when all is written, and with a reader that stalls after this time. */
	flush(timeoutMs: number): Promise<void>;
}

/** Takes over stdout or stderr. To be called before the first worker is forked. */
export function openOutput(stream: NodeJS.WriteStream): Output {
	const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } };
	// Node has terminals block; and a child that inherits a terminal or pipe makes it blocking for all who have it.
	const unblock = () => handle?.setBlocking?.(false);
	unblock();
	cluster.on("fork", unblock);
	let left = 0;
	let hasFailed = false;
	stream.on("drain", () => {
		if (left > 0) stream.write(`(${left} more left out here: nobody read them in time)\n`);
		left = 0;
	});
	// The gateway outlives whoever read its log. A named pipe may have a reader again, which only the next write tells.
	stream.on("error", () => {
		left = 0;
		hasFailed = true;
	});
	return {
		write(block) {
			unblock();
			if (!hasFailed && (left > 0 || stream.writableLength > maxWaitingCharacters)) {
				left += 1;
				return;
			}
			hasFailed = false;
			stream.write(`${block}\n`);
		},
		flush(timeoutMs) {
			if (stream.writableLength === 0) return Promise.resolve();
			return new Promise((resolve) => {
				stream.write("", () => resolve());
				setTimeout(resolve, timeoutMs);
			});
		},
	};
}
