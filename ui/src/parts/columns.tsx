/** Stacked columns, one for each day or hour. */
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export interface Column {
	label: string;
	parts: readonly number[];
	rest: number;
}

const [width, height] = [1000, 180];
/** Width of a character in a label, and the gap between two labels. */
const [characterPx, gapPx] = [7, 14];

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
	const max = Math.max(...sums) || 1;
	const step = width / Math.max(1, columns.length);
	const [place, labelled] = useLabels(columns);
	const pointed = at === undefined ? undefined : columns[at];
	return (
		<section class="card columns">
			<header>
				<h2>{title}</h2>
				<div class="now">
					<strong>{format(at === undefined ? sums.reduce((all, sum) => all + sum, 0) : (sums[at] ?? 0))}</strong>
					<span class="muted">{pointed?.label ?? "in total"}</span>
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
						{stackOf(column, max).map(({ color, y, size }) => (
							<rect key={color} class={color} x={place * step + step * 0.14} width={step * 0.72} y={y} height={size} />
						))}
					</g>
				))}
			</svg>
			<div class="labels" ref={place} aria-hidden="true">
				{labelled.map(({ label, at }) => (
					<span key={at} {...placeOf(at, columns.length)}>
						{label}
					</span>
				))}
			</div>
		</section>
	);
}

/** @returns a ref for the labels' element, and as many labels as fit into it */
function useLabels(columns: readonly Column[]): [RefObject<HTMLDivElement | null>, { label: string; at: number }[]] {
	const place = useRef<HTMLDivElement>(null);
	const [roomPx, setRoom] = useState(0);
	useEffect(() => {
		const element = place.current as HTMLDivElement;
		const observer = new ResizeObserver(() => setRoom(element.clientWidth));
		observer.observe(element);
		return () => observer.disconnect();
	}, []);
	const longest = Math.max(0, ...columns.map(({ label }) => label.length));
	const max = Math.min(12, Math.max(1, Math.floor(roomPx / (longest * characterPx + gapPx))));
	const every = Math.ceil(columns.length / max);
	return [place, columns.flatMap(({ label }, at) => (at % every === 0 ? [{ label, at }] : []))];
}

/** Places a label below the middle of its column; the outermost are aligned with the ends. */
function placeOf(at: number, count: number): { class?: string; style?: { left: string } } {
	if (count > 1 && at === 0) return { class: "is-first" };
	if (count > 1 && at === count - 1) return { class: "is-last" };
	return { style: { left: `${((at + 0.5) / count) * 100}%` } };
}

function stackOf({ parts, rest }: Column, max: number): { color: string; y: number; size: number }[] {
	let top = height;
	return [...parts, rest].map((part, place) => {
		const size = (part / max) * (height - 4);
		top -= size;
		return { color: place < parts.length ? `line-${place + 1}` : "line-rest", y: top, size };
	});
}
