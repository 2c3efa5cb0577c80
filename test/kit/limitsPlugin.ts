/** A plugin that uses the ledger of limits as its requests ask, so that tests reach each worker's ledger. */

import { temporaryFile } from "./gateway.js";
import { getAlone, workerPids } from "./llmw.js";
import { servicesInPlugin } from "./services.js";

/** `/burst` makes many reservations at the same time; `/hold` makes one that lasts until its connection closes. */
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
		// Spread over many turns of the event loop, so that other workers' reservations come in between.
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
	/** The number of reservations granted. */
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

/** Uses a new connection, which any worker may get. */
export async function burst(url: string, query: BurstQuery): Promise<Burst> {
	const { status, body } = await getAlone(`${url}/burst?q=${encodeURIComponent(JSON.stringify(query))}`);
	if (status !== 200) throw new Error(`${status} ${body}`);
	return JSON.parse(body);
}

/** Sends the same request to each worker, at the same time. */
export async function burstInAll(url: string, workers: number, query: BurstQuery): Promise<Burst[]> {
	await workerPids(url, workers);
	const bursts = await Promise.all(Array.from({ length: workers }, () => burst(url, query)));
	const reached = new Set(bursts.map(({ worker }) => worker)).size;
	if (reached < workers) throw new Error(`only ${reached} workers were reached`);
	return bursts;
}
