/** A worker's half of WebSockets: asks for places, and gives them back. */
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import type { SocketsTopic } from "./messages.js";
import { PlaceCounts, type PlaceLimits, type Taking } from "./placeCounts.js";

/** Places for clients' WebSockets. */
export interface SocketPlaces {
	/** Rejects with GatewayError 503 when the primary is gone. */
	take(client: string): Promise<Taking>;
	/** Gives back one place that was taken. */
	release(client: string): void;
}

export function createWorkerSockets(primary: PrimaryPort<SocketsTopic>): SocketPlaces & WorkerHalf<SocketsTopic> {
	return {
		take: (client) => primary.ask("take", client),
		release: (client) => primary.send({ topic: "sockets", client }),
	};
}

/** For a gateway without a primary. */
export function createLocalSockets(limits: PlaceLimits): SocketPlaces {
	const counts = new PlaceCounts();
	return {
		take: async (client) => counts.take(client, limits),
		release: (client) => counts.release(client),
	};
}
