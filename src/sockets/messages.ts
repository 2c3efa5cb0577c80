/** The topic of WebSockets: places for them, counted across all workers. */
import type { Topic } from "../process/channel/topic.js";
import type { Taking } from "./placeCounts.js";

export interface SocketsTopic extends Topic<"sockets"> {
	readonly snapshot: undefined;
	readonly toWorker: never;
	readonly toPrimary: PlaceLeft;
	readonly questions: {
		/** A client asks for a place. */
		take(client: string): Taking;
	};
}

/** The client's connection has closed. */
export interface PlaceLeft {
	readonly topic: "sockets";
	readonly client: string;
}
