/** A chart over time (uPlot), with the current values as text beside its title. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";

export interface Line {
	label: string;
	/** Name of a variable in the stylesheet, `line-1` for `--line-1`, whose value has six hexadecimal digits. */
	color: string;
	values: readonly (number | null)[];
	isFilled?: boolean;
}

export interface ChartProps {
	title: string;
	/** The current value, in large type. */
	now: string;
	/** A note after it, in small type. */
	note?: string;
	/** Seconds since the epoch. */
	times: readonly number[];
	lines: readonly Line[];
	format(value: number | null | undefined): string;
	/** The minimum upper end of the axis. */
	least?: number;
}

const height = 132;

export function Chart({ title, now, note, times, lines, format, least = 0 }: ChartProps) {
	const place = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | undefined>(undefined);
	const [at, setAt] = useState<number | undefined>(undefined);
	const scheme = useColorScheme();
	const data = useMemo(
		() => [times, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData,
		[times, lines],
	);
	const latest = useRef({ data, format });
	latest.current = { data, format };
	const shape = lines.map(({ label, color, isFilled }) => `${label}|${color}|${isFilled === true}`).join();
	// `shape` stands for the lines, `scheme` for their colours
	useEffect(() => {
		const element = place.current as HTMLDivElement;
		const uplot = new uPlot(
			optionsOf(element, lines, least, (value) => latest.current.format(value), setAt),
			latest.current.data,
			element,
		);
		plot.current = uplot;
		const observer = new ResizeObserver(() => uplot.setSize({ width: element.clientWidth, height }));
		observer.observe(element);
		return () => {
			observer.disconnect();
			uplot.destroy();
		};
	}, [shape, scheme, least]);
	useEffect(() => plot.current?.setData(data), [data]);
	const shownAt = at !== undefined && at < times.length ? at : undefined;
	return (
		<section class="card chart" aria-label={`${title}: ${now}${note ? `, ${note}` : ""}`}>
			<header>
				<h2>{title}</h2>
				<div class="now">
					<strong>{now}</strong>
					{note && <span class="muted">{note}</span>}
				</div>
			</header>
			<div class="plot" ref={place} aria-hidden="true" />
			<ul class="legend">
				{lines.map(({ label, color, values }) => (
					<li key={label}>
						<i class={`dot ${color}`} />
						{label}
						<b>{format(shownAt === undefined ? lastOf(values) : values[shownAt])}</b>
					</li>
				))}
			</ul>
		</section>
	);
}

function lastOf(values: readonly (number | null)[]): number | null | undefined {
	return values.at(-1);
}

function useColorScheme(): boolean {
	const query = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
	const [isDark, setDark] = useState(query.matches);
	useEffect(() => {
		const listener = () => setDark(query.matches);
		query.addEventListener("change", listener);
		return () => query.removeEventListener("change", listener);
	}, [query]);
	return isDark;
}

function optionsOf(
	element: HTMLElement,
	lines: readonly Line[],
	least: number,
	format: (value: number) => string,
	point: (at: number | undefined) => void,
): uPlot.Options {
	const style = getComputedStyle(element);
	const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
	const font = `11px ${style.fontFamily}`;
	const axis = { stroke: color("muted"), font, ticks: { show: false }, border: { show: false } };
	return {
		width: element.clientWidth || 300,
		height,
		padding: [8, 8, 0, 0],
		legend: { show: false },
		cursor: { sync: { key: "overview" }, y: false, points: { size: 6 }, drag: { x: false, y: false } },
		scales: { y: { range: (_plot, _from, to) => [0, Math.max(least, (to ?? 0) * 1.08) || 1] } },
		axes: [
			{
				...axis,
				grid: { show: false },
				size: 22,
				space: 70,
				values: (_plot, ticks, _at, _space, step) => ticks.map((tick) => timeOf(tick, step)),
			},
			{
				...axis,
				grid: { stroke: color("grid"), width: 1 },
				size: (_plot, labels) => roomFor(labels),
				space: 34,
				values: (_plot, ticks) => ticks.map(format),
			},
		],
		series: [
			{},
			...lines.map(({ label, color: name, isFilled }) => ({
				label,
				stroke: color(name),
				width: 1.5,
				points: { show: false },
				...(isFilled ? { fill: `${color(name)}22` } : {}),
			})),
		],
		hooks: { setCursor: [({ cursor }) => point(cursor.idx ?? undefined)] },
	};
}

/** @returns the width of the axis' longest label, in pixels */
function roomFor(labels: readonly (string | null)[] | null): number {
	return Math.max(46, ...(labels ?? []).map((label) => (label?.length ?? 0) * 7 + 14));
}

/** With seconds if ticks are less than a minute apart. */
function timeOf(seconds: number, step: number): string {
	const date = new Date(seconds * 1000);
	const parts = [date.getMinutes(), ...(step < 60 ? [date.getSeconds()] : [])];
	return [date.getHours(), ...parts.map((part) => String(part).padStart(2, "0"))].join(":");
}
