/** Usage and its cost, by day or hour. */
import type { UsageBucket } from "../contract.js";
import { compact, day, money, whole } from "../format.js";
import { useLoaded } from "../loading.js";
import { Columns } from "../parts/columns.js";
import { useAction } from "../parts/dialog.js";
import { curlLine, Empty, Failure, Shown } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Choice } from "../parts/tabs.js";
import { changeQuery, type Place } from "../route.js";
import { costOf, type Group, loadUsage, loadUsageCsv, type Sum, sumsOf, type UsageQuestion } from "../usage.js";

const spans = [
	["1", "24 hours"],
	["7", "7 days"],
	["30", "30 days"],
	["90", "90 days"],
] as const;
const groups = [
	["all", "All"],
	["key", "Key"],
	["team", "Team"],
	["model", "Model"],
	["upstream", "Upstream"],
] as const;
const measures = [
	["cost", "Cost"],
	["tokens", "Tokens"],
	["requests", "Requests"],
] as const;
type Measure = (typeof measures)[number][0];

/** Groups beyond this number share one colour. */
const maxColors = 6;

function oneOf<T extends string>(value: string | null, options: readonly (readonly [T, string])[], byDefault: T): T {
	return options.find(([option]) => option === value)?.[0] ?? byDefault;
}

export function UsagePage({ place }: { place: Place }) {
	const span = oneOf(place.query.get("days"), spans, "7");
	const group = oneOf(place.query.get("by"), groups, "model");
	const measure = oneOf(place.query.get("show"), measures, "cost");
	const groupBy = group === "all" ? undefined : group;
	const question = () => ({ ...timesOf(Number(span)), ...(groupBy ? { group_by: groupBy } : {}) });
	const loaded = useLoaded((signal) => loadUsage(question(), signal), [span, group]);
	const saving = useAction();
	return (
		<>
			<header class="page-head">
				<h1>Usage</h1>
				<div class="choices">
					<Choice label="Show" value={measure} options={measures} choose={(show) => changeQuery(place, { show })} />
					<Choice label="By" value={group} options={groups} choose={(by) => changeQuery(place, { by })} />
					<Choice label="Period" value={span} options={spans} choose={(days) => changeQuery(place, { days })} />
					<button type="button" disabled={saving.isBusy} onClick={() => saving.perform(() => saveCsv(question()))}>
						CSV
					</button>
				</div>
			</header>
			{saving.error === undefined ? null : <Failure error={saving.error} />}
			<Shown loaded={loaded}>
				{(buckets) => <UsageReport buckets={buckets} group={groupBy} measure={measure} isByHour={span === "1"} />}
			</Shown>
		</>
	);
}

/** The last 24 hours by the hour, or whole days (UTC) up to today. */
function timesOf(days: number): { start_time: number; bucket_width: "1h" | "1d" } {
	const now = Math.floor(Date.now() / 1000);
	if (days === 1) return { start_time: now - 86_400, bucket_width: "1h" };
	return { start_time: now - (days - 1) * 86_400 - (now % 86_400), bucket_width: "1d" };
}

interface UsageReportProps {
	buckets: readonly UsageBucket[];
	group: Group | undefined;
	measure: Measure;
	isByHour: boolean;
}

function measureOf(sum: Sum, measure: Measure): number {
	if (measure === "cost") return sum.cost ?? 0;
	return measure === "tokens" ? sum.input + sum.output : sum.requests;
}

function UsageReport({ buckets, group, measure, isByHour }: UsageReportProps) {
	const sums = sumsOf(buckets, group).sort((one, other) => measureOf(other, measure) - measureOf(one, measure));
	if (sums.length === 0)
		return (
			<Empty title="No usage in this period" command={curlLine()}>
				Each request to an upstream is counted here.
			</Empty>
		);
	const named = sums.slice(0, maxColors).map(({ name }) => name);
	const columns = buckets.map((bucket) => ({
		label: isByHour ? `${new Date(bucket.start_time * 1000).getHours()}:00` : day(bucket.start_time).slice(5),
		parts: named.map((name) => sumsOf([bucket], group).find((sum) => sum.name === name)).map(part(measure)),
		rest: sumsOf([bucket], group)
			.filter(({ name }) => !named.includes(name))
			.reduce((all, sum) => all + measureOf(sum, measure), 0),
	}));
	return (
		<>
			<Columns
				title={`${measures.find(([name]) => name === measure)?.[1]} by ${isByHour ? "hour" : "day"}`}
				columns={columns}
				format={measure === "cost" ? money : compact}
			/>
			<UsageTable sums={sums} group={group} named={named} />
		</>
	);
}

function part(measure: Measure): (sum: Sum | undefined) => number {
	return (sum) => (sum === undefined ? 0 : measureOf(sum, measure));
}

function UsageTable({
	sums,
	group,
	named,
}: {
	sums: readonly Sum[];
	group: Group | undefined;
	named: readonly string[];
}) {
	const total = (of: (sum: Sum) => number) => sums.reduce((all, sum) => all + of(sum), 0);
	const cells = (sum: Omit<Sum, "name">) => (
		<>
			<td class="number">{whole(sum.requests)}</td>
			<td class={`number ${sum.failed > 0 ? "bad" : ""}`}>{whole(sum.failed)}</td>
			<td class="number">{whole(sum.refused)}</td>
			<td class="number">{compact(sum.input)}</td>
			<td class="number">{compact(sum.cached)}</td>
			<td class="number">{compact(sum.written)}</td>
			<td class="number">{compact(sum.output)}</td>
			<td class="number">{money(sum.cost)}</td>
		</>
	);
	return (
		<Table
			columns={[
				[groups.find(([one]) => one === (group ?? "all"))?.[1] ?? ""],
				["Requests", "number"],
				["Failed", "number"],
				["Refused", "number"],
				["Tokens in", "number"],
				["Cached tokens", "number"],
				["Cache writes", "number"],
				["Tokens out", "number"],
				["Cost", "number"],
			]}
		>
			<tbody>
				{sums.map((sum) => (
					<tr key={sum.name}>
						<td class="long" title={sum.name}>
							<i class={`dot ${named.includes(sum.name) ? `line-${named.indexOf(sum.name) + 1}` : "line-rest"}`} />
							{sum.name}
						</td>
						{cells(sum)}
					</tr>
				))}
			</tbody>
			{sums.length > 1 && (
				<tfoot>
					<tr>
						<td>Sum</td>
						{cells({
							requests: total(({ requests }) => requests),
							failed: total(({ failed }) => failed),
							refused: total(({ refused }) => refused),
							input: total(({ input }) => input),
							cached: total(({ cached }) => cached),
							written: total(({ written }) => written),
							output: total(({ output }) => output),
							cost: costOf(sums),
						})}
					</tr>
				</tfoot>
			)}
		</Table>
	);
}

async function saveCsv(question: UsageQuestion): Promise<void> {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(await loadUsageCsv(question));
	link.download = `usage-${day(Date.now() / 1000)}.csv`;
	link.click();
	URL.revokeObjectURL(link.href);
}
