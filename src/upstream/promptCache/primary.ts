/** The primary's half of prompt caches: keeps homes and turns over reloads, and tells workers of each other's homes. */
import type { PrimaryHalf, WorkerPort } from "../../process/channel/topic.js";
import { Homes } from "./homes.js";
import type { WarmthTopic } from "./messages.js";
import { TurnStore } from "./turnStore.js";

export function createPrimaryWarmth(): PrimaryHalf<WarmthTopic> {
	const homes = new Homes();
	const turns = new TurnStore();
	const workers = new Set<WorkerPort<WarmthTopic>>();
	return {
		topic: "warmth",
		join(worker) {
			workers.add(worker);
			return {
				snapshot: () => homes.entries(),
				receive(message) {
					if (message.kind === "turn") {
						turns.add(message.session, message.turn, message.replaced);
						return;
					}
					homes.add(...message.entry);
					for (const other of workers) if (other !== worker) other.send(message);
				},
				answers: { recall: (session) => turns.of(session) },
				leave: () => void workers.delete(worker),
			};
		},
	};
}
