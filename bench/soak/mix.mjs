/**
 * Keeps many requests of all kinds in flight for a while, with short outages of the upstream in between,
 * and writes down how each ended.
 */
import { progress } from "../bench.mjs";
import { show } from "../numbers.mjs";
import { exchange } from "./exchange.mjs";
import { drawKind, KINDS, seeded } from "./kinds.mjs";

const OUTAGE_EVERY_MS = 9000;
const OUTAGE_MS = 300;
const OUTAGE_AFTERMATH_MS = 1000;
const PROGRESS_EVERY_MS = 10_000;
export const OUTCOMES = ["answered", "refused", "failed", "cut", "cancelled", "in outage", "unexplained"];

/**
 * @typedef {object} Mix
 * @property {number} port
 * @property {number} minutes
 * @property {number} concurrency
 * @property {number} seed
 * @property {boolean} isGateway
 * @property {(order: object) => Promise<unknown>} orderUpstream
 * @property {() => number | undefined} rssMb for the progress line
 */

/** @param {Mix} mix */
export async function mixRequests(mix) {
	const ledger = createLedger();
	const outageTimer = setInterval(() => {
		ledger.noteOutage(OUTAGE_MS + OUTAGE_AFTERMATH_MS);
		mix.orderUpstream({ do: "outage", forMs: OUTAGE_MS }).catch(() => {}); // an upstream that died shows in the account
	}, OUTAGE_EVERY_MS);
	const progressTimer = setInterval(() => {
		const { requests, unexplained } = ledger.entries();
		progress(`${show(requests)} requests, RSS ${show(mix.rssMb())} MB, ${unexplained.length} unexplained`);
	}, PROGRESS_EVERY_MS);
	await keepAsking(mix, ledger);
	clearInterval(outageTimer);
	clearInterval(progressTimer);
	return ledger.entries();
}

/**
 * @param {Mix} mix
 * @param {ReturnType<typeof createLedger>} ledger
 */
async function keepAsking({ port, minutes, concurrency, seed, isGateway }, ledger) {
	const random = seeded(seed);
	const deadline = performance.now() + minutes * 60_000;
	let number = 0;
	const oneAfterAnother = async () => {
		while (performance.now() < deadline) {
			const { name, kind } = drawKind(random);
			const startedAt = performance.now();
			const ending = await exchange(port, kind.plan(++number, random));
			ledger.note(name, kind.explain(ending, isGateway), startedAt, ending);
		}
	};
	await Promise.all(Array.from({ length: concurrency }, oneAfterAnother));
}

function createLedger() {
	/** @type {[number, number][]} */
	const outages = [];
	const outcomes = new Map(Object.keys(KINDS).map((name) => [name, emptyRow()]));
	/** @type {string[]} */
	const unexplained = [];
	let requests = 0;
	return {
		entries: () => ({ requests, outcomes, unexplained }),
		/** @param {number} forMs with its aftermath */
		noteOutage(forMs) {
			const now = performance.now();
			outages.push([now, now + forMs]);
		},
		/**
		 * @param {string} kind
		 * @param {import("./kinds.mjs").Outcome | undefined} explained
		 * @param {number} startedAt
		 * @param {object} ending
		 */
		note(kind, explained, startedAt, ending) {
			const now = performance.now();
			const metOutage = outages.some(([from, to]) => startedAt < to && now > from);
			const outcome = explained ?? (metOutage ? "in outage" : "unexplained");
			const row = outcomes.get(kind) ?? emptyRow();
			row[outcome] = (row[outcome] ?? 0) + 1;
			requests++;
			if (outcome === "unexplained") unexplained.push(`${kind}: ${JSON.stringify(ending)}`);
		},
	};
}

/** @returns {Record<string, number>} */
function emptyRow() {
	return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
}
