/** A gateway's workers and upstreams as tables, for `llmw status` and for `status` typed at a terminal. */
import type { GatewayStatus, WorkerStatus } from "../process/status.js";
import { partOf } from "../upstream/lessons/lesson.js";
import { table } from "./commands/table.js";

/** Without a newline at the end. */
export function statusTables({ workers, upstreams, lessons }: GatewayStatus): string {
	const hosts = upstreams.map(({ name, url, provider, found, breaker, health, inFlight, waiting, failures }) => [
		name,
		url,
		provider === "auto" && found !== undefined ? `${found} (found)` : provider,
		breaker,
		health,
		...[inFlight, waiting, failures].map(String),
	]);
	const head = ["upstream", "url", "provider", "breaker", "health", "in flight", "waiting", "failures"];
	const tables = [workerTable(workers), table([head, ...hosts]), modelTable(upstreams), lessonTable(lessons)];
	return tables.filter((text) => text !== "").join("\n\n");
}

/** Models that are being spared; an empty text if there are none. */
function modelTable(upstreams: GatewayStatus["upstreams"]): string {
	const rows = upstreams.flatMap(({ name, models }) =>
		models.map(({ model, breaker, failures }) => [name, model, breaker, String(failures)]),
	);
	return rows.length === 0 ? "" : table([["upstream", "model", "breaker", "failures"], ...rows]);
}

/** What models refuse, and is left out for them; an empty text if nothing is known. */
function lessonTable(lessons: GatewayStatus["lessons"]): string {
	const rows = lessons.map((lesson) => [lesson.upstream, lesson.model, partOf(lesson), momentOf(lesson.expiresAt)]);
	return rows.length === 0 ? "" : table([["upstream", "model", "refuses", "until"], ...rows]);
}

function momentOf(ms: number): string {
	return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function workerTable(workers: readonly WorkerStatus[]): string {
	const loads = workers.map(({ load }) => [load?.requests, load?.streams, load?.connections, load?.websockets]);
	const rows = workers.map(({ pid, state, upMs }, index) => [
		String(pid),
		state,
		`${Math.round(upMs / 1000)} s`,
		...(loads[index] ?? []).map((number) => String(number ?? "-")),
	]);
	const totals = [0, 1, 2, 3].map((column) => String(loads.reduce((sum, load) => sum + (load[column] ?? 0), 0)));
	return table([
		["worker", "state", "up", "requests", "streams", "connections", "websockets"],
		...rows,
		["all", "", "", ...totals],
	]);
}
