/** One request: its attempts as bars, and the rest of its record. */
import type { RequestAttempt, RequestRecord } from "../contract.js";
import { compact, dateTime, duration, money, whole } from "../format.js";

export function RequestDetail({ record }: { record: RequestRecord }) {
	const { attempts } = record;
	return (
		<div class="request-detail">
			<section aria-label="Attempts">
				<h3>Attempts</h3>
				{attempts.length === 0 ? (
					<p class="muted">No request was sent to an upstream.</p>
				) : (
					<ol class="timeline">
						{placed(attempts, record.duration_ms).map(({ attempt, left, width }, at) => (
							<li key={at} class={stateOf(attempt)}>
								<div class="what">
									<b title={attempt.upstream}>{attempt.upstream}</b>
									<span class="muted" title={attempt.model ?? ""}>
										{attempt.model ?? ""}
									</span>
								</div>
								<div class="track">
									<i style={{ marginLeft: `${left}%`, width: `${width}%` }} />
								</div>
								<div class="came">
									<span class="tag">{attempt.kind}</span>
									<span class="outcome">
										{attempt.outcome}
										{attempt.status === null ? "" : ` ${attempt.status}`}
									</span>
									<span>{duration(attempt.duration_ms)}</span>
									<span>
										{attempt.tokens === null
											? ""
											: `${compact(attempt.tokens.input)} → ${compact(attempt.tokens.output)} tokens`}
									</span>
									<span>{money(attempt.cost)}</span>
								</div>
							</li>
						))}
					</ol>
				)}
			</section>
			<Facts record={record} />
		</div>
	);
}

/** Positions of the attempts' bars: one after the other, except that a hedge runs beside the attempt before it. */
function placed(attempts: readonly RequestAttempt[], wholeMs: number) {
	let end = 0;
	const spans = attempts.map((attempt) => {
		const start = attempt.kind === "hedge" ? Math.max(0, end - attempt.duration_ms) : end;
		end = Math.max(end, start + attempt.duration_ms);
		return { attempt, start };
	});
	const most = Math.max(end, wholeMs, 1);
	return spans.map(({ attempt, start }) => ({
		attempt,
		left: (start / most) * 100,
		width: Math.max(0.5, (attempt.duration_ms / most) * 100),
	}));
}

function stateOf({ outcome }: RequestAttempt): string {
	if (outcome === "ok") return "good";
	return outcome === "cancelled" ? "" : "bad";
}

function Facts({ record }: { record: RequestRecord }) {
	const { tokens, units, tags, cached } = record;
	const facts: [string, string | null | undefined][] = [
		["Request", record.request_id],
		["Time", dateTime(record.created_at)],
		["Operation", record.operation + (record.stream ? ", streamed" : "")],
		["Route", record.route],
		["Model that answered", record.response_model],
		["Service tier", record.service_tier],
		["Key", record.key === null ? null : (record.key.name ?? record.key.id)],
		["Session", record.session?.name],
		["Agent", [record.agent, record.subagent].filter(Boolean).join(" / ") || null],
		["Team", [record.organisation, record.team].filter(Boolean).join(" / ") || null],
		["Error", record.error_code],
		["Tokens", tokens === null ? null : tokensText(tokens) + (record.is_estimated ? " (estimated)" : "")],
		["Other units", units && unitsText(units)],
		[
			"From the cache",
			cached && [cached.kind, cached.saved !== null && `saved ${money(cached.saved)}`].filter(Boolean).join(", "),
		],
		[
			"Tags",
			Object.entries(tags)
				.map(([name, value]) => `${name}=${value}`)
				.join(", ") || null,
		],
	];
	return (
		<dl class="facts">
			{facts
				.filter(([, value]) => value)
				.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
			{record.usage !== null && record.usage !== undefined && (
				<div class="wide">
					<dt>Usage reported by the upstream</dt>
					<dd>
						<pre>{JSON.stringify(record.usage)}</pre>
					</dd>
				</div>
			)}
		</dl>
	);
}

function tokensText(tokens: NonNullable<RequestRecord["tokens"]>): string {
	const more = tokenKinds.flatMap(([kind, words]) => (tokens[kind] > 0 ? [`${whole(tokens[kind])} ${words}`] : []));
	return [`${whole(tokens.input)} in, ${whole(tokens.output)} out`, ...more].join(", ");
}

function unitsText(units: NonNullable<RequestRecord["units"]>): string {
	return Object.entries(units)
		.map(([unit, count]) => `${count} ${unit.replace("_", " ")}`)
		.join(", ");
}

const tokenKinds = [
	["cached", "cached"],
	["cache_write", "written to the cache"],
	["cache_write_1h", "of those for an hour"],
	["reasoning", "reasoning"],
	["audio_input", "audio in"],
	["image_input", "images in"],
	["audio_output", "audio out"],
	["image_output", "images out"],
] as const;
