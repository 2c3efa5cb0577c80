/** The primary's half of sessions: asks all workers, for one of them, which requests are under way. */
import type { PrimaryHalf, WorkerPort } from "../process/channel/topic.js";
import type { Live, LiveRequest, SessionsTopic } from "./messages.js";

type Port = WorkerPort<SessionsTopic>;

/** A worker that does not answer in this time is left out. */
const patienceMs = 2_000;

interface Search {
	/** Those that have not answered yet. */
	readonly asked: Set<Port>;
	readonly found: LiveRequest[];
	readonly done: () => void;
}

export function createPrimarySessions(): PrimaryHalf<SessionsTopic> {
	const ports = new Set<Port>();
	const searches = new Map<number, Search>();
	let searchCount = 0;

	function live(): Promise<readonly LiveRequest[]> {
		searchCount += 1;
		const search = searchCount;
		const found: LiveRequest[] = [];
		return new Promise((resolve) => {
			const timer = setTimeout(() => done(), patienceMs);
			const done = () => {
				clearTimeout(timer);
				searches.delete(search);
				resolve(found);
			};
			searches.set(search, { asked: new Set(ports), found, done });
			for (const port of ports) port.send({ topic: "sessions", search });
		});
	}

	function heard(port: Port, search: Search | undefined, requests: readonly LiveRequest[] = []): void {
		if (!search?.asked.delete(port)) return;
		search.found.push(...requests);
		if (search.asked.size === 0) search.done();
	}

	return {
		topic: "sessions",
		join(port) {
			return {
				// A worker that has not started has nothing under way, and hears nothing.
				snapshot: () => void ports.add(port),
				receive: ({ search, requests }: Live) => heard(port, searches.get(search), requests),
				answers: { live },
				leave() {
					ports.delete(port);
					for (const search of searches.values()) heard(port, search);
				},
			};
		},
	};
}
