/** The primary's half of WebSockets: counts them across all workers, those of generations that drain included. */
import type { PrimaryHalf } from "../process/channel/topic.js";
import type { SocketsTopic } from "./messages.js";
import { PlaceCounts } from "./placeCounts.js";

export function createPrimarySockets(): PrimaryHalf<SocketsTopic> {
	const counts = new PlaceCounts();
	return {
		topic: "sockets",
		join({ settings }) {
			const own = new PlaceCounts();
			return {
				receive({ client }) {
					counts.release(client);
					own.release(client);
				},
				answers: {
					take(client) {
						const taking = counts.take(client, settings);
						if (taking === "taken") own.add(client);
						return taking;
					},
				},
				leave() {
					for (const [client, places] of own.byClient) counts.release(client, places);
				},
			};
		},
	};
}
