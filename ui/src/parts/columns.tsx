/** Stacked columns, one for each day or hour. */
import { useState } from "preact/hooks";

export interface Column {
	label: string;
	parts: readonly number[];
	rest: number;
}

const [width, height] = [1000, 180];

export function Columns({
	title,
	columns,
	format,
}: {
	title: string;
	columns: readonly Column[];
	format(value: number): string;
}) {
	const [at, setAt] = useState<number | undefined>(undefined);
	const sums = columns.map(({ parts, rest }) => parts.reduce((all, part) => all + part, rest));
	const most = Math.max(...sums) || 1;
	const step = width / Math.max(1, columns.length);
	const every = Math.ceil(columns.length / 12);
	const pointed = at === undefined ? undefined : columns[at];
	return (
		<section class="card columns">
			<header>
				<h2>{title}</h2>
				<div class="now">
					<strong>{format(at === undefined ? sums.reduce((all, sum) => all + sum, 0) : (sums[at] ?? 0))}</strong>
					<span class="muted">{pointed?.label ?? "in sum"}</span>
				</div>
			</header>
			<svg
				viewBox={`0 0 ${width} ${height}`}
				preserveAspectRatio="none"
				role="img"
				aria-label={`${title}: ${columns.map(({ label }, place) => `${label} ${format(sums[place] ?? 0)}`).join(", ")}`}
				onMouseMove={({ currentTarget, offsetX }) =>
					setAt(Math.min(columns.length - 1, Math.floor((offsetX / currentTarget.clientWidth) * columns.length)))
				}
				onMouseLeave={() => setAt(undefined)}
			>
				{columns.map((column, place) => (
					<g key={place} class={at === place ? "pointed" : ""}>
						<rect class="back" x={place * step} y="0" width={step} height={height} />
						{stacked(column, most).map(({ color, y, size }) => (
							<rect key={color} class={color} x={place * step + step * 0.14} width={step * 0.72} y={y} height={size} />
						))}
					</g>
				))}
			</svg>
			<div class="labels" aria-hidden="true">
				{columns.map(({ label }, place) => (
					<span key={place}>{place % every === 0 ? label : ""}</span>
				))}
			</div>
		</section>
	);
}

function stacked({ parts, rest }: Column, most: number): { color: string; y: number; size: number }[] {
	let top = height;
	return [...parts, rest].map((part, place) => {
		const size = (part / most) * (height - 4);
		top -= size;
		return { color: place < parts.length ? `line-${place + 1}` : "line-rest", y: top, size };
	});
}
