/** A gateway's workers and AI hosts as tables, for `llmw status` and for `status` typed at a terminal. */
import type { GatewayStatus, WorkerStatus } from "../cluster.js";
import { table } from "../commands/table.js";

/** Without a newline at the end. */
export function statusTables({ workers, upstreams }: GatewayStatus): string {
	const hosts = upstreams.map(({ name, url, breaker, health, inFlight, waiting, failures }) => [
		name,
		url,
		breaker,
		health,
		...[inFlight, waiting, failures].map(String),
	]);
	const head = ["upstream", "url", "breaker", "health", "in flight", "waiting", "failures"];
	return `${workerTable(workers)}\n\n${table([head, ...hosts])}`;
}

function workerTable(workers: readonly WorkerStatus[]): string {
	const loads = workers.map(({ load }) => [load?.requests, load?.streams, load?.connections]);
	const rows = workers.map(({ pid, state, upMs }, index) => [
		String(pid),
		state,
		`${Math.round(upMs / 1000)} s`,
		...(loads[index] ?? []).map((number) => String(number ?? "-")),
	]);
	const totals = [0, 1, 2].map((column) => String(loads.reduce((sum, load) => sum + (load[column] ?? 0), 0)));
	return table([["worker", "state", "up", "requests", "streams", "connections"], ...rows, ["all", "", "", ...totals]]);
}
