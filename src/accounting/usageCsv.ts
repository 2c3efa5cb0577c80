/** Usage as a table for spreadsheets: CSV (RFC 4180). */
import { unitNames } from "../chat/usedUnits.js";
import type { components } from "../generated/contract.js";
import { usageNumbers } from "../store/usageNumbers.js";

type Schemas = components["schemas"];
type Cell = string | number | boolean | null | undefined;
type Column = [name: string, of: (request: Schemas["RequestRecord"]) => Cell];

/** A line for each result. @param by the dimensions that results are grouped by, as in `group_by` */
export function usageCsv(buckets: readonly Schemas["UsageBucket"][], by: readonly string[]): string {
	const head = ["start_time", "end_time", ...by.flatMap((name) => (isNamed(name) ? [name, `${name}_name`] : [name]))];
	const rows = buckets.flatMap(({ start_time, end_time, results }) =>
		results.map((result) => [
			isoTime(start_time),
			isoTime(end_time),
			...by.flatMap((name) => groupCells(result, name)),
			...usageNumbers.map((name) => result[name]),
		]),
	);
	return csv([[...head, ...usageNumbers], ...rows]);
}

/** These have an id and a name. */
function isNamed(dimension: string): dimension is "key" | "session" {
	return dimension === "key" || dimension === "session";
}

function groupCells(result: Schemas["UsageResult"], name: string): Cell[] {
	if (isNamed(name)) return [result[name]?.id, result[name]?.name];
	if (name.startsWith("tag:")) return [result.tag?.value];
	return [
		result[name as "team" | "organisation" | "model" | "route" | "upstream" | "operation" | "agent" | "subagent"],
	];
}

/** A line for each request; attempts appear as their number, and tags in one cell as JSON. */
export function requestsCsv(requests: readonly Schemas["RequestRecord"][]): string {
	const columns: Column[] = [
		["created_at", ({ created_at }) => isoTime(created_at)],
		["id", ({ id }) => id],
		["request_id", ({ request_id }) => request_id],
		["operation", ({ operation }) => operation],
		["key", ({ key }) => key?.id],
		["key_name", ({ key }) => key?.name],
		["team", ({ team }) => team],
		["organisation", ({ organisation }) => organisation],
		["route", ({ route }) => route],
		["session", ({ session }) => session?.id],
		["session_name", ({ session }) => session?.name],
		["agent", ({ agent }) => agent],
		["subagent", ({ subagent }) => subagent],
		["upstream", ({ upstream }) => upstream],
		["model", ({ model }) => model],
		["response_model", ({ response_model }) => response_model],
		["stream", ({ stream }) => stream],
		["status", ({ status }) => status],
		["outcome", ({ outcome }) => outcome],
		["error_code", ({ error_code }) => error_code],
		["attempts", ({ attempts }) => attempts.length],
		["input_tokens", ({ tokens }) => tokens?.input],
		["cached_tokens", ({ tokens }) => tokens?.cached],
		["cache_write_tokens", ({ tokens }) => tokens?.cache_write],
		["cache_write_1h_tokens", ({ tokens }) => tokens?.cache_write_1h],
		["audio_input_tokens", ({ tokens }) => tokens?.audio_input],
		["image_input_tokens", ({ tokens }) => tokens?.image_input],
		["output_tokens", ({ tokens }) => tokens?.output],
		["reasoning_tokens", ({ tokens }) => tokens?.reasoning],
		["audio_output_tokens", ({ tokens }) => tokens?.audio_output],
		["image_output_tokens", ({ tokens }) => tokens?.image_output],
		...unitNames.map((unit): Column => [unit, ({ units }) => units?.[unit]]),
		["is_estimated", ({ is_estimated }) => is_estimated],
		["cost", ({ cost }) => cost],
		["cached", ({ cached }) => cached?.kind],
		["saved", ({ cached }) => cached?.saved],
		["duration_ms", ({ duration_ms }) => duration_ms],
		["first_token_ms", ({ first_token_ms }) => first_token_ms],
		["service_tier", ({ service_tier }) => service_tier],
		["tags", ({ tags }) => (Object.keys(tags).length === 0 ? null : JSON.stringify(tags))],
	];
	return csv([columns.map(([name]) => name), ...requests.map((request) => columns.map(([, of]) => of(request)))]);
}

function csv(rows: readonly (readonly Cell[])[]): string {
	return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

/** Text that a spreadsheet would take for a formula gets a leading apostrophe. */
function cellText(cell: Cell): string {
	if (cell === null || cell === undefined) return "";
	if (typeof cell === "number") return plainNumber(cell);
	const text = String(cell);
	const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Without exponents such as `1e-7`, which not every program reads. */
function plainNumber(value: number): string {
	const text = String(value);
	return text.includes("e") ? value.toFixed(9).replace(/\.?0+$/, "") : text;
}

function isoTime(seconds: number): string {
	return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
