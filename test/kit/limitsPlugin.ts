/** A plugin that uses the ledger of limits as requests to it say, so that tests reach the ledger of each worker. */

import { temporaryFile } from "./gateway.js";
import { getAlone, workerPids } from "./llmw.js";
import { servicesInPlugin } from "./services.js";

/** `/burst` makes reservations all at the same time; `/hold` one that is held until its connection closes. */
const source = `${servicesInPlugin}
export default {
	name: "burst",
	stage: "edge",
	middleware: () => async (ctx, next) => {
		if (ctx.path !== "/burst") return next();
		const { ledger } = services();
		const { count = 1, request, used, holdMs } = JSON.parse(ctx.query.q);
		const decide = async () => {
			try {
				return await ledger.reserve(request);
			} catch (error) {
				return { failed: error.code ?? String(error) };
			}
		};
		const deciding = [];
		// Over many turns of the event loop, so that those of other workers come in between.
		for (let started = 0; started < count; started += 1) {
			if (started % 50 === 49) await new Promise(setImmediate);
			deciding.push(decide());
		}
		const decisions = await Promise.all(deciding);
		const granted = decisions.filter(({ isGranted }) => isGranted);
		if (used) for (const { hold } of granted) ledger.settle(hold, used);
		if (holdMs) setTimeout(() => granted.forEach(({ hold }) => ledger.settle(hold, [])), holdMs);
		ctx.body = {
			worker: process.pid,
			granted: granted.length,
			uncounted: granted.filter(({ standings }) => standings === undefined).length,
			refused: decisions.filter(({ isGranted }) => isGranted === false).length,
			failed: decisions.flatMap(({ failed }) => failed ?? []),
			last: decisions.at(-1),
		};
	},
};`;

export function burstPlugin(): string {
	return temporaryFile("burst.mjs", source);
}

export interface Burst {
	worker: number;
	granted: number;
	/** Of those granted. */
	uncounted: number;
	refused: number;
	failed: string[];
	last: { standings?: { remaining: number; resetAt: number }[]; hold?: number; retryAt?: number };
}

export interface BurstQuery {
	count?: number;
	request: object;
	used?: number[];
	holdMs?: number;
}

/** On a connection of its own, which any worker may have. */
export async function burst(url: string, query: BurstQuery): Promise<Burst> {
	const { status, body } = await getAlone(`${url}/burst?q=${encodeURIComponent(JSON.stringify(query))}`);
	if (status !== 200) throw new Error(`${status} ${body}`);
	return JSON.parse(body);
}

/** The same in each worker, at the same time. */
export async function burstInAll(url: string, workers: number, query: BurstQuery): Promise<Burst[]> {
	await workerPids(url, workers);
	const bursts = await Promise.all(Array.from({ length: workers }, () => burst(url, query)));
	const reached = new Set(bursts.map(({ worker }) => worker)).size;
	if (reached < workers) throw new Error(`only ${reached} workers were reached`);
	return bursts;
}
