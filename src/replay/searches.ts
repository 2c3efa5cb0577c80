/** Questions to all workers, whether they have an answer to a request under way. */
import type { WorkerPort } from "../process/channel/topic.js";
import type { Found, ReplayTopic } from "./messages.js";

type Port = WorkerPort<ReplayTopic>;

interface Search {
	/** Those that have not answered yet. */
	readonly asked: Set<Port>;
	settle(id: string | undefined, by?: Port): void;
}

export interface FoundBy {
	readonly id: string;
	readonly port: Port;
}

/** How long workers may take to answer. */
const searchMs = 2_000;

export class Searches {
	readonly #under = new Map<number, Search>();
	#count = 0;

	/** @returns undefined if none of them has it, or says so in time */
	ask(ports: readonly Port[], caller: string, fingerprint: string): Promise<FoundBy | undefined> {
		if (ports.length === 0) return Promise.resolve(undefined);
		this.#count += 1;
		const number = this.#count;
		return new Promise((resolve) => {
			const settle = (id: string | undefined, port?: Port) => {
				clearTimeout(timer);
				this.#under.delete(number);
				resolve(id === undefined || port === undefined ? undefined : { id, port });
			};
			const timer = setTimeout(() => settle(undefined), searchMs);
			this.#under.set(number, { asked: new Set(ports), settle });
			for (const port of ports) port.send({ topic: "replay", kind: "seek", search: number, caller, fingerprint });
		});
	}

	found({ search, id }: Found, by: Port): void {
		const one = this.#under.get(search);
		if (one !== undefined) answered(one, by, id);
	}

	/** The worker is no more. */
	leave(port: Port): void {
		for (const one of [...this.#under.values()]) answered(one, port, undefined);
	}
}

/** @param id undefined if this worker has no such answer */
function answered({ asked, settle }: Search, by: Port, id: string | undefined): void {
	asked.delete(by);
	if (id !== undefined || asked.size === 0) settle(id, by);
}
