/** The upstreams: their health, and their attempts in the last ten minutes. */
import type { UpstreamOverview } from "../contract.js";
import { compact, duration, percent, whole } from "../format.js";
import { Sparkline } from "../parts/sparkline.js";
import { Table, type TableColumn } from "../parts/table.js";

const columns: readonly TableColumn[] = [
	["Name"],
	["Health"],
	["Breaker"],
	["In flight", "number"],
	["Waiting", "number"],
	["Per minute", "number"],
	["Errors", "number"],
	["Median", "number"],
	["Last 10 minutes"],
];

/** @returns what is wrong with an upstream, in a few words; undefined if nothing is */
export function upstreamTrouble({ health, breaker, models }: UpstreamOverview): string | undefined {
	if (health === "down") return "down";
	if (breaker === "open") return "paused after too many errors";
	if (breaker === "half_open") return "being tried again";
	return models.length === 0 ? undefined : `${models.map(({ model }) => model || "no model").join(", ")} failing`;
}

const breakers = { closed: "closed", open: "open", half_open: "half open" } as const;

export function Upstreams({ upstreams }: { upstreams: readonly UpstreamOverview[] }) {
	return (
		<section class="card">
			<header>
				<h2>Upstreams</h2>
			</header>
			<Table columns={columns} isInCard>
				<tbody>
					{upstreams.map((upstream) => (
						<Row key={upstream.name} upstream={upstream} />
					))}
				</tbody>
			</Table>
		</section>
	);
}

function Row({ upstream }: { upstream: UpstreamOverview }) {
	const { name, url, health, breaker, models, attempts, failed, step_seconds } = upstream;
	const lastMinute = (values: readonly number[]) =>
		values.slice(-Math.round(60 / step_seconds)).reduce((sum, value) => sum + value, 0);
	const [recentAttempts, recentFailures] = [lastMinute(attempts), lastMinute(failed)];
	const state = health === "down" || breaker === "open" ? "bad" : breaker === "half_open" ? "warn" : "good";
	return (
		<tr>
			<td class="named">
				<b title={name}>{name}</b>
				<small title={url}>{url}</small>
			</td>
			<td>
				<span class={`state ${health === "down" ? "bad" : health === "up" ? "good" : ""}`}>
					<i class="dot" />
					{health === "unknown" ? "not checked" : health}
				</span>
			</td>
			<td>
				<span class={`state ${breaker === "closed" ? "" : state}`}>
					<i class="dot" />
					{breakers[breaker]}
				</span>
				{models.map(({ model, breaker }) => (
					<small key={model} class={`state ${breaker === "open" ? "bad" : "warn"}`} title={model}>
						{model || "no model"}: {breakers[breaker]}
					</small>
				))}
			</td>
			<td class="number">{whole(upstream.in_flight)}</td>
			<td class="number">{whole(upstream.waiting)}</td>
			<td class="number">{compact(recentAttempts)}</td>
			<td class={`number ${recentFailures > 0 ? "bad" : ""}`}>
				{percent(recentAttempts === 0 ? null : recentFailures / recentAttempts)}
			</td>
			<td class="number">{duration(upstream.latency_p50_ms)}</td>
			<td>
				<Sparkline
					all={attempts}
					failed={failed}
					label={`${attempts.reduce((sum, value) => sum + value, 0)} requests, ${failed.reduce((sum, value) => sum + value, 0)} failed`}
				/>
			</td>
		</tr>
	);
}
