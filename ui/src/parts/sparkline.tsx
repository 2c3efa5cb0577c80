/** A small bar chart for a table's row, with the failed part in red at the bottom of each bar. */

const [width, height] = [120, 24];

export function Sparkline({
	all,
	failed,
	label,
}: {
	all: readonly number[];
	failed: readonly number[];
	label: string;
}) {
	const max = Math.max(1, ...all);
	const step = width / Math.max(1, all.length);
	const bar = (value: number) => (value === 0 ? 0 : Math.max(1, (value / max) * height));
	return (
		<svg class="sparkline" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
			{all.map((value, at) => (
				<g key={at}>
					<rect class="all" x={at * step} width={step * 0.7} y={height - bar(value)} height={bar(value)} />
					<rect
						class="failed"
						x={at * step}
						width={step * 0.7}
						y={height - bar(failed[at] ?? 0)}
						height={bar(failed[at] ?? 0)}
					/>
				</g>
			))}
		</svg>
	);
}
