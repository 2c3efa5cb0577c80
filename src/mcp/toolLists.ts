/** Servers' lists of tools, kept for a while: one for each server and credential. */
import { createHash } from "node:crypto";
import type { AllowedServer } from "./allowList.js";
import type { ServerTool } from "./serverConnection.js";

interface Kept {
	readonly tools: readonly ServerTool[];
	readonly until: number;
}

/** Lists that a worker keeps; the oldest go first. */
const mostKept = 200;

export class ToolLists {
	readonly #ageMs: number;
	readonly #now: () => number;
	readonly #kept = new Map<string, Kept>();

	constructor(ageMs: number, now: () => number = Date.now) {
		this.#ageMs = ageMs;
		this.#now = now;
	}

	/** @returns undefined if it has to be asked for */
	find(server: AllowedServer): readonly ServerTool[] | undefined {
		const kept = this.#kept.get(keyOf(server));
		return kept !== undefined && kept.until > this.#now() ? kept.tools : undefined;
	}

	keep(server: AllowedServer, tools: readonly ServerTool[]): void {
		if (this.#ageMs === 0) return;
		const key = keyOf(server);
		this.#kept.delete(key);
		this.#kept.set(key, { tools, until: this.#now() + this.#ageMs });
		const [oldest] = this.#kept.keys();
		if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
	}
}

/** No credential is kept in it. */
function keyOf({ url, headers }: AllowedServer): string {
	const parts = JSON.stringify([url.href, Object.entries(headers).sort(([one], [other]) => (one < other ? -1 : 1))]);
	return createHash("sha256").update(parts).digest("base64");
}
