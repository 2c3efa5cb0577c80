/** The WebSockets to upstreams that belong to one of a client's: one for each upstream and lane. */
import { UpstreamLine } from "./upstreamLine.js";

export class ClientLines {
	#lines: Map<string, UpstreamLine> | undefined;

	find(upstream: string, lane: string): UpstreamLine {
		this.#lines ??= new Map();
		// No name of an upstream or a lane has a line's end.
		const key = `${upstream}\n${lane}`;
		const known = this.#lines.get(key) ?? new UpstreamLine();
		this.#lines.set(key, known);
		return known;
	}

	/** The client has gone. */
	close(): void {
		for (const line of this.#lines?.values() ?? []) line.close();
		this.#lines = undefined;
	}
}
