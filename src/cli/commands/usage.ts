/** `llmw usage` and `llmw requests`: what a running gateway's requests have used and cost. */

import { requestsCsv, usageCsv } from "../../accounting/usageCsv.js";
import { type Unit, unitNames } from "../../chat/usedUnits.js";
import { headerSafe } from "../../errors/headerSafe.js";
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import { parseDurationMs } from "../../settings/quantity.js";
import { type GatewayApi, gatewayApi } from "./gatewayApi.js";
import { allPages, moment } from "./keys.js";
import { localPass } from "./localPass.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, readBaseUrl, wholeNumber } from "./ownOptions.js";
import { table } from "./table.js";
import { barChart } from "./usageChart.js";
import { type Group, groupsOf, periods, summed } from "./usageGroups.js";

type Flags = Readonly<Record<string, unknown>>;
type Schemas = components["schemas"];

const defaultSinceMs = 7 * 86_400_000;
const mostBuckets = 1440;
/** Longer times are added up day by day. */
const hourlyForMs = 60 * 86_400_000;

/**
 * @param gatewayUrl asked where there is no `--url`
 * @param now milliseconds since the epoch
 * @throws Problems
 */
export async function usage(flags: Flags, gatewayUrl: string, now: number, output: Output): Promise<void> {
	const api = await apiOf(flags, gatewayUrl, output);
	const read = optionReader(flags, {});
	const sinceMs = read("since", parseDurationMs) ?? defaultSinceMs;
	const by = read("by", groupsOf) ?? ["model"];
	const isChart = flags.chart === "true";
	const isByDay = isChart || by.includes("day") || (flags.csv === "true" && !by.includes("hour"));
	const width = (isByDay || sinceMs > hourlyForMs) && !by.includes("hour") ? "1d" : "1h";
	const page = await bucketsSince(api, Math.floor((now - sinceMs) / 1000), width, isChart ? [] : by);
	if (flags.csv === "true")
		output.print(
			usageCsv(
				page.data,
				by.filter((name) => !isPeriod(name)),
			).trimEnd(),
		);
	else if (isChart) output.print(barChart(page.data));
	else print(summed(page.data, by), by, flags.json === "true", output);
	const { package: name, version, date } = page.prices;
	if (flags.json !== "true") output.note(`prices without your own are those of ${name} ${version} of ${date}`);
}

function isPeriod(name: string): boolean {
	return (periods as readonly string[]).includes(name);
}

/** The administrator's credential shows all, and so does the gateway's own user; a key shows its own. */
async function apiOf(flags: Flags, gatewayUrl: string, { note }: Output): Promise<GatewayApi> {
	const read = optionReader(flags, process.env);
	const url = read("url", readBaseUrl);
	const baseUrl = url ?? readBaseUrl(gatewayUrl);
	const given = read("admin-key", headerSafe) ?? read("key", headerSafe);
	return gatewayApi({ baseUrl, key: given ?? (await localPass(baseUrl, url !== undefined)) }, note);
}

async function bucketsSince(
	api: GatewayApi,
	startTime: number,
	width: "1h" | "1d",
	by: readonly string[],
): Promise<Schemas["UsagePage"]> {
	const groups = by
		.filter((name) => !isPeriod(name))
		.map((name) => `&group_by=${encodeURIComponent(name)}`)
		.join("");
	const path = `/usage?bucket_width=${width}&start_time=${Math.max(0, startTime)}&limit=${mostBuckets}${groups}`;
	const first = await api.ask<Schemas["UsagePage"]>("GET", path);
	const data = [...first.data];
	for (let next = first.next_page; next !== null; ) {
		const page = await api.ask<Schemas["UsagePage"]>("GET", `${path}&page=${next}`);
		data.push(...page.data);
		next = page.next_page;
	}
	return { ...first, data };
}

function print(groups: readonly Group[], by: readonly string[], asJson: boolean, { print, note }: Output): void {
	if (asJson) {
		for (const { names, sums } of groups)
			print(terminalJson({ ...Object.fromEntries(by.map((name, at) => [name, names[at] ?? null])), ...sums }));
		return;
	}
	if (groups.length === 0) {
		note("nothing was used in this time");
		return;
	}
	const [whole] = summed([bucketOf(groups)], []);
	const units = unitNames.filter((name) => (whole?.sums[name] ?? 0) > 0);
	const head = [
		...by.map((name) => name.toUpperCase()),
		"REQUESTS",
		"FAILED",
		"REFUSED",
		"INPUT",
		"CACHED",
		"WRITTEN",
		"OUTPUT",
		...units.map((name) => name.toUpperCase().replace("_", " ")),
		"COST",
	];
	const rows = groups.map(({ names, sums }) => [...names.map((name) => name ?? "–"), ...cells(sums, units)]);
	if (whole && groups.length > 1)
		rows.push([...by.map((_name, at) => (at === 0 ? "all" : "")), ...cells(whole.sums, units)]);
	print(table([head, ...rows]));
}

function bucketOf(groups: readonly Group[]): Schemas["UsageBucket"] {
	return { object: "bucket", start_time: 0, end_time: 0, results: groups.map(({ sums }) => sums) };
}

function cells(sums: Schemas["UsageResult"], units: readonly Unit[]): string[] {
	const { requests, failed, refused, input_tokens, cached_tokens, cache_write_tokens, output_tokens, cost } = sums;
	const counts = [requests, failed, refused, input_tokens, cached_tokens, cache_write_tokens, output_tokens];
	const used = units.map((name) => sums[name]);
	return [...[...counts, ...used].map((count) => count.toLocaleString("en-US")), dollars(cost)];
}

export function dollars(cost: number | null): string {
	if (cost === null) return "–";
	return `$${cost === 0 || cost >= 0.01 ? cost.toFixed(2) : cost.toFixed(6)}`;
}

/** The newest first. @throws Problems */
export async function requests(flags: Flags, gatewayUrl: string, output: Output): Promise<void> {
	const api = await apiOf(flags, gatewayUrl, output);
	const read = optionReader(flags, {});
	const limit = read("limit", wholeNumber) ?? listedAtMost;
	const filters = (["key", "team", "model", "route", "upstream", "session", "agent", "outcome"] as const).flatMap(
		(name) => {
			// The key that is meant; that which asks is the administrator's.
			const value = read(name === "key" ? "of-key" : name, (text) => text);
			return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
		},
	);
	const path = `/admin/requests?${["order=desc", ...filters].join("&")}`;
	const found = await allPages<Schemas["RequestRecord"]>(api, path, limit);
	if (flags.csv === "true") output.print(requestsCsv(found).trimEnd());
	else {
		const nothing = "no request has left a record that fits";
		printList(found, { heads: requestHead, row: requestRow, nothing, asJson: flags.json === "true" }, output);
	}
}

const requestHead = [
	"TIME",
	"STATUS",
	"OUTCOME",
	"KEY",
	"OPERATION",
	"MODEL",
	"UPSTREAM",
	"ATTEMPTS",
	"INPUT",
	"OUTPUT",
	"COST",
	"MS",
];

function requestRow(request: Schemas["RequestRecord"]): string[] {
	const { created_at, status, outcome, error_code, key, operation, model, upstream, attempts, tokens, cost } = request;
	return [
		moment(created_at),
		String(status),
		error_code === null ? outcome : `${outcome} (${error_code})`,
		key?.name ?? "–",
		operation,
		model ?? "–",
		upstream ?? "–",
		String(attempts.length),
		String(tokens?.input ?? "–"),
		String(tokens?.output ?? "–"),
		dollars(cost),
		String(Math.round(request.duration_ms)),
	];
}

/** @throws Problems */
export function refuseWords(command: string, words: readonly string[]): void {
	if (words.length > 0)
		throw new Problems([{ where: words[0] as string, message: `unexpected argument; see llmw ${command} --help` }]);
}
