/** Output for the operator that never blocks, so that a log whose reader stalls can't stop the gateway. */
import cluster from "node:cluster";

/** The most that waits for a slow reader; anything more is dropped. */
const maxWaitingCharacters = 1024 * 1024;

export interface Output {
	/** Writes a line or a block, given without its final newline. */
	write(block: string): void;
	/** Resolves when everything is written, or after this time if the reader stalls. */
	flush(timeoutMs: number): Promise<void>;
}

/** Takes over stdout or stderr. Call it before the first worker is forked. */
export function openOutput(stream: NodeJS.WriteStream): Output {
	const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } };
	// Node makes terminals block, and a child that inherits a terminal or pipe makes it block for every process that has it.
	const unblock = () => handle?.setBlocking?.(false);
	unblock();
	cluster.on("fork", unblock);
	let droppedCount = 0;
	let hasFailed = false;
	stream.on("drain", () => {
		if (droppedCount > 0) stream.write(`(${droppedCount} more left out here: nobody read them in time)\n`);
		droppedCount = 0;
	});
	// The gateway outlives its log's reader. A named pipe may get another reader, which only the next write finds out.
	stream.on("error", () => {
		droppedCount = 0;
		hasFailed = true;
	});
	return {
		write(block) {
			unblock();
			if (!hasFailed && (droppedCount > 0 || stream.writableLength > maxWaitingCharacters)) {
				droppedCount += 1;
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
