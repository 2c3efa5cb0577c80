/** Judges a soak: is every request accounted for, did memory stay flat, was nothing left open? */
import { median, show } from "../numbers.mjs";

/**
 * @typedef {object} Account
 * @property {boolean} isGateway
 * @property {Map<string, Record<string, number>>} outcomes by kind of request
 * @property {string[]} unexplained
 * @property {import("./watch.mjs").Sample[]} samples
 * @property {import("./watch.mjs").Sample} idle before the first request
 * @property {import("./watch.mjs").Sample} rested after the last, and a rest
 * @property {Record<string, number>} host the mock upstream's own counts
 * @property {boolean} sameWorkers
 * @property {string[]} warnings lines of the subject's output that should not be there
 *
 * @typedef {{ check: string, found: string, ok: boolean | null }} Check null if not judged
 */

const WARM_UP_SECONDS = 60;
const SHORTEST_TREND_SECONDS = 180;
const GROWTH = 1.1;
const GROWTH_MB = 10;
/** The primary opens the store once there is one, which takes a dozen. What leaks does so with each request. */
const SPARE_HANDLES = 20;
const CANCELLED_SHARE = 0.9; // the rest ran to their end before the news of a client gone came through

/**
 * @param {Account} account
 * @returns {Check[]}
 */
export function judgeSoak(account) {
	const { unexplained, host, sameWorkers, warnings, rested } = account;
	const lost = (host.requests ?? 0) - (host.answered ?? 0) - (host.cancelled ?? 0) - (host.cut ?? 0);
	return [
		check("requests without an explained end", unexplained.length, unexplained.length === 0),
		check("upstream's requests neither ended nor cancelled", lost, lost === 0),
		cancelledUpstream(account),
		trend("RSS", account, "rssMb"),
		trend("heaps and buffers", account, "heapMb"),
		handles(account),
		check("sockets to the upstream after a rest", rested.upstreamSockets, rested.upstreamSockets === 0),
		check("workers that died", sameWorkers ? 0 : "some", sameWorkers),
		check("warnings and crashes in the output", warnings.length, warnings.length === 0),
	];
}

/**
 * @param {string} name
 * @param {unknown} found
 * @param {boolean | null} ok
 * @returns {Check}
 */
const check = (name, found, ok) => ({ check: name, found: show(found), ok });

/**
 * Counted at the upstream: on a busy machine a client may have left before its request came there.
 * @param {Account} account
 */
function cancelledUpstream({ isGateway, host }) {
	const wanted = (host.leftStreams ?? 0) + (isGateway ? (host.leftWhole ?? 0) : 0);
	const found = `${show(host.cancelled)} of ${show(wanted)}`;
	const ok = wanted > 0 && (host.cancelled ?? 0) >= wanted * CANCELLED_SHARE;
	return check("left requests cancelled at the upstream", found, ok);
}

/**
 * Flat when the last third's median is not above the first third's by more than measurements vary.
 * @param {string} name
 * @param {Account} account
 * @param {'rssMb' | 'heapMb'} key
 */
function trend(name, { samples }, key) {
	const length = samples.at(-1)?.second ?? 0;
	const warm = samples.filter(({ second }) => second > Math.min(WARM_UP_SECONDS, length / 5));
	const third = Math.floor(warm.length / 3);
	const medians = [0, 1, 2].map((part) => {
		return median(warm.slice(part * third, (part + 1) * third).map((sample) => sample[key]));
	});
	const [first = 0, , last = 0] = medians;
	const isFlat = last <= Math.max(first * GROWTH, first + GROWTH_MB);
	const found = `${medians.map(show).join(" → ")} MB`;
	return check(`${name}, medians of thirds`, found, length < SHORTEST_TREND_SECONDS ? null : isFlat);
}

/**
 * Whether more handles are open than before the first request, by more than such counts vary.
 * @param {import("./watch.mjs").Sample} sample
 * @param {import("./watch.mjs").Sample} idle
 */
export function holdsMore({ handles = 0 }, idle) {
	return idle.handles !== undefined && handles > idle.handles + SPARE_HANDLES;
}

/** @param {Account} account */
function handles({ idle, rested, samples }) {
	if (idle.handles === undefined || rested.handles === undefined) {
		return check("open handles", "not visible here", null);
	}
	const most = Math.max(...samples.map((sample) => sample.handles ?? 0));
	const found = `${idle.handles} → ${most} → ${rested.handles}`;
	return check("open handles: idle, most, rested", found, !holdsMore(rested, idle));
}
