/** The keys and models with the most usage. */
import { useState } from "preact/hooks";
import { compact, money } from "../format.js";
import { useLoaded } from "../loading.js";
import { Shown } from "../parts/states.js";
import { Choice } from "../parts/tabs.js";
import { linkTo } from "../route.js";
import { type Group, loadUsage, nameOfNone, type Sum, sumsOf } from "../usage.js";

const pollMs = 30_000;
const most = 6;

type Measure = "cost" | "tokens" | "requests";
type Span = "hour" | "day";

const measured: Record<Measure, (sum: Sum) => number> = {
	cost: ({ cost }) => cost ?? 0,
	tokens: ({ input, output }) => input + output,
	requests: ({ requests }) => requests,
};

export function Top() {
	const [measure, setMeasure] = useState<Measure>("requests");
	const [span, setSpan] = useState<Span>("hour");
	return (
		<section class="card">
			<header>
				<h2>Most used</h2>
				<div class="choices">
					<Choice
						label="By"
						value={measure}
						options={[
							["cost", "Cost"],
							["tokens", "Tokens"],
							["requests", "Requests"],
						]}
						choose={(next) => setMeasure(next)}
					/>
					<Choice
						label="Period"
						value={span}
						options={[
							["hour", "Hour"],
							["day", "Day"],
						]}
						choose={(next) => setSpan(next)}
					/>
				</div>
			</header>
			<div class="halves">
				<Bars group="key" measure={measure} span={span} />
				<Bars group="model" measure={measure} span={span} />
			</div>
		</section>
	);
}

/** A link to the requests of a key or model; plain text for requests without one. */
function Name({ group, name }: { group: Group; name: string }) {
	if (name === nameOfNone(group)) return <span class="muted">{name}</span>;
	return (
		<a href={linkTo(["requests"], { [group]: name })} title={name}>
			{name}
		</a>
	);
}

function Bars({ group, measure, span }: { group: Group; measure: Measure; span: Span }) {
	const loaded = useLoaded(
		(signal) => {
			const start = Math.floor(Date.now() / 1000) - (span === "hour" ? 3600 : 86_400);
			return loadUsage({ start_time: start, bucket_width: span === "hour" ? "1m" : "1h", group_by: group }, signal);
		},
		[group, span],
		pollMs,
	);
	return (
		<div class="bars">
			<h3>{group === "key" ? "Keys" : "Models"}</h3>
			<Shown loaded={loaded}>
				{(buckets) => {
					const value = measured[measure];
					const sums = sumsOf(buckets, group)
						.sort((one, other) => value(other) - value(one))
						.slice(0, most);
					if (sums.length === 0) return <p class="muted small">No usage in this period.</p>;
					const largest = Math.max(...sums.map(value)) || 1;
					return (
						<ul>
							{sums.map((sum) => (
								<li key={sum.name}>
									<Name group={group} name={sum.name} />
									<span class="bar">
										<i style={{ width: `${(value(sum) / largest) * 100}%` }} />
									</span>
									<b>{measure === "cost" ? money(sum.cost) : compact(value(sum))}</b>
								</li>
							))}
						</ul>
					);
				}}
			</Shown>
		</div>
	);
}
