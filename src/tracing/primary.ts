/** The primary's half of traces: reports an unreachable collector once for all workers, until it is back. */
import type { PrimaryHalf } from "../process/channel/topic.js";
import type { TracesTopic } from "./messages.js";

export function createPrimaryTraces(complain: (line: string) => void): PrimaryHalf<TracesTopic> {
	/** Workers that can't send their traces. */
	const failing = new Set<object>();
	return {
		topic: "traces",
		join(worker) {
			return {
				receive({ failure }) {
					if (failure === undefined) failing.delete(worker);
					else {
						if (failing.size === 0) complain(`traces can't be sent: ${failure}`);
						failing.add(worker);
					}
				},
				leave: () => void failing.delete(worker),
			};
		},
	};
}
