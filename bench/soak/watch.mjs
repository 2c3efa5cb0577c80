/** Watches the soaked processes from outside, once a second: memory, open handles, sockets to the upstream. */
import { memoryKb, openHandles, workersOf } from "../usage.mjs";

/**
 * @typedef {object} Sample
 * @property {number} second since the soak began
 * @property {number} rssMb of all workers
 * @property {number} heapMb of all workers: anonymous memory, which is heaps and buffers
 * @property {number} primaryMb
 * @property {number | undefined} handles
 * @property {number} upstreamSockets
 */

/**
 * @param {import("../subjects.mjs").Subject} subject
 * @param {() => Promise<{ open: number }>} upstreamCounts
 */
export function watch(subject, upstreamCounts) {
	const startedAt = performance.now();
	/** @type {Sample[]} */
	const samples = [];
	const timer = setInterval(() => take().catch(() => {}), 1000).unref();

	async function take() {
		const { workers: pids, primary } = living(subject);
		const workers = pids.map(memoryKb);
		const counts = [...pids, ...primary].map(openHandles);
		const { open } = await upstreamCounts();
		const sample = {
			second: (performance.now() - startedAt) / 1000,
			rssMb: workers.reduce((sum, { rss }) => sum + rss, 0) / 1024,
			heapMb: workers.reduce((sum, { anonymous }) => sum + anonymous, 0) / 1024,
			primaryMb: primary.reduce((sum, pid) => sum + memoryKb(pid).rss, 0) / 1024,
			handles: counts.includes(undefined) ? undefined : counts.reduce((sum, count) => (sum ?? 0) + (count ?? 0), 0),
			upstreamSockets: open,
		};
		samples.push(sample);
		return sample;
	}

	return { samples, take, stop: () => clearInterval(timer) };
}

/**
 * Its processes that have not died: a soak goes on without them and reports them in the end.
 * @param {import("../subjects.mjs").Subject} subject
 */
function living({ workers, primary }) {
	return { workers: workers.filter(isAlive), primary: primary.filter(isAlive) };
}

/**
 * Whether the workers that answered at first are those that live now.
 * @param {import("../subjects.mjs").Subject} subject
 */
export function hasSameWorkers({ workers, primary }) {
	const [parent] = primary;
	if (parent === undefined) return workers.every(isAlive);
	const now = workersOf(parent);
	return workers.length === now.length && workers.every((pid) => now.includes(pid));
}

/** @param {number} pid */
function isAlive(pid) {
	try {
		return process.kill(pid, 0); // signal 0 only asks
	} catch {
		return false;
	}
}
