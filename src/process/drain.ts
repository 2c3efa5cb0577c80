/** How a worker ends: it stops accepting, lets what is in flight finish, and breaks off what takes too long. */
import type { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import createDebug from "debug";
import { closeStore, type Gateway } from "../gateway/gateway.js";

const debug = createDebug("llmgw:worker");

/** How long a replaced worker leaves an idle connection to its client before closing it. */
const patienceMs = 5_000;
/** How long a worker that stops waits for the first byte of a connection. */
const silenceMs = 500;

export interface Drain {
	/** Waits for requests in flight no longer than this. */
	endWithin(timeoutMs: number): void;
	/** Waits for idle connections no longer, and for requests in flight no longer than this. */
	hurry(timeoutMs: number): void;
	isDone(): boolean;
}

export interface DrainOptions {
	readonly server: Server;
	readonly gateway: Gateway;
	/** All connections of clients. */
	readonly sockets: ReadonlySet<Socket>;
	complain(block: string): void;
	/** Nothing is in flight any more, and the store is closed. */
	done(): void;
}

/** Stops accepting, lets what is in flight finish, and then calls `done`. */
export function startDrain({ server, gateway, sockets, complain, done }: DrainOptions): Drain {
	let closeIdleAt = performance.now() + patienceMs;
	let closeSilentAt = closeIdleAt;
	let late: NodeJS.Timeout | undefined;
	let lateAt = Number.POSITIVE_INFINITY;
	let isDone = false;
	const sweep = setInterval(() => {
		const now = performance.now();
		if (now >= closeIdleAt) server.closeIdleConnections();
		// Node counts a connection that has sent nothing yet among those with a request.
		if (now >= closeSilentAt) for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
	}, 50);
	gateway.services.background.drain();
	gateway.services.batches.drain();
	gateway.services.sockets.drain();
	// http.Server's own close would cut idle connections at once, on which a request may just be on its way.
	NetServer.prototype.close.call(server, () => {
		clearInterval(sweep);
		// Calls go on, and answers may, without connections of their clients; and the last ones may have left something to be stored.
		gateway.services.sockets
			.callsOver()
			.then(() => gateway.services.replays.settled())
			.then(() => {
				clearTimeout(late);
				return Promise.all([closeStore(gateway.services), gateway.services.tracing?.close()]);
			})
			.catch((error: unknown) => debug("not all could be closed: %o", error))
			.finally(() => {
				isDone = true;
				done();
			});
	});
	const endNow = async (): Promise<void> => {
		const { requests } = gateway.services.load;
		if (requests > 0)
			complain(`worker ${process.pid} breaks off ${requests} ${requests === 1 ? "request" : "requests"}`);
		await gateway.close();
		// The error events of broken streams leave first.
		setTimeout(() => {
			server.closeAllConnections();
			gateway.services.sockets.cut();
		}, 200);
	};
	/** @returns whether that is sooner than the end that was set before */
	const endWithin = (timeoutMs: number): boolean => {
		const endsAt = performance.now() + timeoutMs;
		if (endsAt >= lateAt) return false;
		lateAt = endsAt;
		clearTimeout(late);
		late = setTimeout(() => void endNow(), timeoutMs);
		return true;
	};
	return {
		endWithin,
		hurry(timeoutMs) {
			if (!endWithin(timeoutMs)) return;
			closeIdleAt = performance.now();
			closeSilentAt = closeIdleAt + silenceMs;
		},
		isDone: () => isDone,
	};
}
