/** Connections on their way to a worker: Node leaves a connection that no worker takes open for ever, and this closes it. */
import type { ChildProcess } from "node:child_process";
import type { Worker } from "node:cluster";

interface Connection {
	close(): void;
}

/** The messages of Node's round-robin scheduling to a worker, and the worker's answers (lib/internal/cluster). */
interface ToWorker {
	act?: string;
	seq?: number;
}
interface FromWorker {
	ack?: number;
	accepted?: boolean;
}

/**
 * Closes a connection that a worker died with before it had it, and one that came back when no worker is left to take
 * it, so that the client sees a closed connection rather than one without an answer.
 *
 * @param isLast whether no other worker listens that could take what this one refuses
 */
export function closeUndelivered({ process }: Worker, isLast: () => boolean): void {
	const underWay = new Map<number, Connection>();
	const send = process.send.bind(process) as (...given: unknown[]) => boolean;
	process.send = ((message: ToWorker, connection: Connection | undefined, ...more: unknown[]) => {
		if (message.act === "newconn" && message.seq !== undefined && connection) underWay.set(message.seq, connection);
		return send(message, connection, ...more);
	}) as ChildProcess["send"];
	process.on("internalMessage", ({ ack, accepted }: FromWorker) => {
		if (ack === undefined) return;
		const connection = underWay.get(ack);
		underWay.delete(ack);
		if (accepted === false && isLast()) connection?.close();
	});
	process.once("exit", () => {
		for (const connection of underWay.values()) connection.close();
	});
}
