/** The gateway's state for people: its workers, and how its upstreams are. */
import type { UpstreamStatus } from "../upstream/health/sharedHealth.js";
import type { Lesson } from "../upstream/lessons/lesson.js";
import type { Load } from "./messages.js";
import type { WorkerHandle } from "./workerHandle.js";

/** A worker that does not report its load within this time is shown without it. */
const loadTimeoutMs = 1_000;
const lookEveryMs = 10;

export interface WorkerStatus {
	pid: number;
	state: WorkerHandle["state"];
	upMs: number;
	/** Undefined if the worker has not reported it in time. */
	load: Load | undefined;
}

export interface GatewayStatus {
	workers: WorkerStatus[];
	upstreams: (UpstreamStatus & {
		inFlight: number;
		/** Who it has turned out to be, where the configuration does not say; undefined if that is not known. */
		found?: string | undefined;
	})[];
	/** What models of upstreams have been found to refuse. */
	lessons: Lesson[];
}

/** Asks all workers for their load. */
export async function readWorkerStatus(current: Iterable<WorkerHandle>): Promise<WorkerStatus[]> {
	const workers = [...current];
	for (const worker of workers) worker.askForLoad();
	const deadline = performance.now() + loadTimeoutMs;
	const isMissing = ({ load, state }: WorkerHandle) => load === undefined && state !== "starting";
	while (workers.some(isMissing) && performance.now() < deadline)
		await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
	return workers.map(({ pid, state, startedAt, load }) => ({
		pid,
		state,
		upMs: performance.now() - startedAt,
		load,
	}));
}

/** Adds to each upstream the requests that the workers have under way there. */
export function gatewayStatus(
	workers: WorkerStatus[],
	upstreams: readonly UpstreamStatus[],
	lessons: Lesson[],
	foundOf: (upstream: string) => string | undefined = () => undefined,
): GatewayStatus {
	const inFlight = (name: string) => workers.reduce((sum, { load }) => sum + (load?.upstreams[name] ?? 0), 0);
	const whole = (upstream: UpstreamStatus) => {
		const { name } = upstream;
		return { ...upstream, inFlight: inFlight(name), found: foundOf(name) };
	};
	return { workers, upstreams: upstreams.map(whole), lessons };
}
