/** The start page: current state, and the last ten minutes. */
import { askJson } from "../api.js";
import type { Overview } from "../contract.js";
import { compact, counted, duration, longDuration, money, percent } from "../format.js";
import { useLoaded } from "../loading.js";
import { Chart, type Line } from "../parts/chart.js";
import { curlLine, Empty, Shown } from "../parts/states.js";
import { Top } from "./top.js";
import { Upstreams, upstreamTrouble } from "./upstreams.js";

const pollMs = 2_000;

export function OverviewPage() {
	const loaded = useLoaded((signal) => askJson<Overview>("admin", "v1/admin/overview", { signal }), [], pollMs);
	return (
		<>
			<header class="page-head">
				<h1>Overview</h1>
				{loaded.data && <Standing overview={loaded.data} isStale={loaded.error !== undefined} />}
			</header>
			<Shown loaded={loaded}>
				{(overview) => (
					<>
						{overview.totals.requests === 0 && (
							<Empty title="No requests yet" command={curlLine()}>
								Send one, and it appears here within two seconds.
							</Empty>
						)}
						<Charts overview={overview} />
						<Upstreams upstreams={overview.upstreams} />
						<Top />
					</>
				)}
			</Shown>
		</>
	);
}

/** One line on whether everything works. */
function Standing({ overview, isStale }: { overview: Overview; isStale: boolean }) {
	const { workers, in_flight, upstreams, started_at, created_at, version } = overview;
	const troubled = upstreams.filter((upstream) => upstreamTrouble(upstream) !== undefined);
	const [state, text] = isStale
		? ["bad", "The gateway does not answer"]
		: troubled.length === 0
			? ["good", upstreams.length === 1 ? "The upstream is healthy" : `All ${upstreams.length} upstreams are healthy`]
			: [
					troubled.length === upstreams.length ? "bad" : "warn",
					`${troubled.map(({ name }) => name).join(", ")}: ${upstreamTrouble(troubled[0] as Overview["upstreams"][number])}`,
				];
	return (
		<div class="standing">
			<span class={`pill ${state}`} role="status">
				<i class="dot" />
				{text}
			</span>
			<span>
				<b data-testid="in-flight">{in_flight.requests}</b> in flight
			</span>
			<span>
				<b>{in_flight.connections}</b> connections
			</span>
			<span>{counted(workers.ready, "worker")}</span>
			{workers.starting + workers.draining > 0 && (
				<span class="muted">
					{workers.starting} starting, {workers.draining} draining
				</span>
			)}
			<span class="muted">
				up {longDuration(created_at - started_at)} · v{version}
			</span>
		</div>
	);
}

/** The mean over the last steps, per second. */
function lately(values: readonly number[], steps: number, stepSeconds: number): number {
	const last = values.slice(-steps);
	return last.reduce((sum, value) => sum + value, 0) / (last.length * stepSeconds);
}

function lastKnown(values: readonly (number | null)[]): number | null {
	return values.at(-1) ?? null;
}

/** At least a minute. */
const minSteps = 30;

/** Cuts off the time before the gateway started, so that charts are filled from the beginning. */
function sinceStart({ series, step_seconds, started_at }: Overview): Overview["series"] {
	const steps = Math.max(minSteps, Math.ceil((series.end_time - started_at) / step_seconds));
	const cut = Object.entries(series).map(([name, values]) => [
		name,
		Array.isArray(values) ? values.slice(-steps) : values,
	]);
	return Object.fromEntries(cut) as Overview["series"];
}

function Charts({ overview }: { overview: Overview }) {
	const { step_seconds: step, totals } = overview;
	const series = sinceStart(overview);
	const count = series.requests.length;
	const times = Array.from({ length: count }, (_none, at) => series.end_time - (count - 1 - at) * step);
	const perSecond = (values: readonly number[]) => values.map((value) => value / step);
	const perHour = (values: readonly number[]) => smooth(values, 5).map((value) => (value / step) * 3600);
	const rate = (values: readonly number[]) => `${compact(lately(values, 5, step))} /s`;
	const bad = errorsOf(series);
	const line = (label: string, color: string, values: readonly (number | null)[], isFilled = false): Line => ({
		label,
		color,
		values,
		isFilled,
	});
	return (
		<div class="charts">
			<Chart
				title="Requests"
				now={rate(series.requests)}
				note={`${compact(totals.requests)} since the start`}
				times={times}
				lines={[line("per second", "line-1", perSecond(series.requests), true)]}
				format={compact}
				least={1}
			/>
			<Chart
				title="Errors"
				now={percent(shareOf(bad, series.requests, 30))}
				note="of the last minute's requests"
				times={times}
				lines={[
					line("5xx", "line-5", perSecond(series.failed), true),
					line("ended early", "line-3", perSecond(series.broken)),
					line("429", "line-4", perSecond(series.limited)),
					line("4xx", "line-6", perSecond(series.refused)),
				]}
				format={compact}
				least={1}
			/>
			<Chart
				title="Tokens"
				now={rate(series.output_tokens)}
				note={`out · ${compact(totals.output_tokens)} since the start`}
				times={times}
				lines={[
					line("out per second", "line-2", perSecond(series.output_tokens), true),
					line("in per second", "line-1", perSecond(series.input_tokens)),
				]}
				format={compact}
				least={1}
			/>
			<Chart
				title="Cost"
				now={totals.cost === null ? money(null) : `${money(lately(series.cost, 30, step) * 3600)} /h`}
				note={totals.cost === null ? "no price is known" : `${money(totals.cost)} since the start`}
				times={times}
				lines={[line("per hour", "line-3", perHour(series.cost), true)]}
				format={money}
				least={0.01}
			/>
			<Chart
				title="Latency"
				now={duration(lastKnown(series.latency_p95_ms))}
				note="p95 of the last 10 s"
				times={times}
				lines={[
					line("p50", "line-1", series.latency_p50_ms),
					line("p95", "line-3", series.latency_p95_ms),
					line("p99", "line-4", series.latency_p99_ms),
				]}
				format={duration}
				least={10}
			/>
			<Chart
				title="First token"
				now={duration(lastKnown(series.first_token_p95_ms))}
				note="p95 of the last 10 s"
				times={times}
				lines={[line("p50", "line-1", series.first_token_p50_ms), line("p95", "line-3", series.first_token_p95_ms)]}
				format={duration}
				least={10}
			/>
		</div>
	);
}

/** Errors from a client's point of view. Answers that end early don't count, since mostly their clients have left. */
function errorsOf({ failed, limited, refused }: Overview["series"]): number[] {
	return failed.map((value, at) => value + (limited[at] ?? 0) + (refused[at] ?? 0));
}

function shareOf(some: readonly number[], all: readonly number[], steps: number): number | null {
	const whole = lately(all, steps, 1);
	return whole === 0 ? null : Math.min(1, lately(some, steps, 1) / whole);
}

/** Moving average over the last `steps` values. */
function smooth(values: readonly number[], steps: number): number[] {
	return values.map((_value, at) => {
		const some = values.slice(Math.max(0, at - steps + 1), at + 1);
		return some.reduce((sum, value) => sum + value, 0) / some.length;
	});
}
