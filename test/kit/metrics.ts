/** Parses the text of `GET /metrics`, as strictly as Prometheus. */
import { getAlone } from "./llmw.js";

export interface Scrape {
	text: string;
	/** Every series, as it is written: `name{label="value"}`. */
	series: ReadonlyMap<string, number>;
	/** Type by the family's name. */
	types: ReadonlyMap<string, string>;
	/** @returns the sum of all series of this name with these labels */
	sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"/;
const sample = new RegExp(`^([a-zA-Z_:][\\w:]*)(?:\\{(${label.source}(?:,${label.source})*)\\})? (\\S+)$`);

/** Uses a new connection, which any worker may get. */
export async function scrape(url: string): Promise<Scrape> {
	const { status, headers, body } = await getAlone(`${url}/metrics`);
	if (status !== 200) throw new Error(`/metrics: ${status} ${body}`);
	if (headers["content-type"] !== "text/plain; version=0.0.4; charset=utf-8")
		throw new Error(`/metrics is ${headers["content-type"]}`);
	return readMetrics(body);
}

/** @throws Error for invalid text */
export function readMetrics(text: string): Scrape {
	const series = new Map<string, number>();
	const types = new Map<string, string>();
	const helped = new Set<string>();
	const found: { name: string; labels: Record<string, string>; value: number }[] = [];
	if (!text.endsWith("\n")) throw new Error("the last line does not end");
	for (const line of text.slice(0, -1).split("\n")) {
		const [, kind, family = "", said = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
		if (kind === "HELP") helped.add(family);
		else if (kind === "TYPE") {
			if (types.has(family) || !helped.has(family)) throw new Error(`${family} is described twice, or not at all`);
			types.set(family, said);
		} else {
			const [key, name, labels, value] = readSample(line, types);
			if (series.has(key)) throw new Error(`twice: ${key}`);
			series.set(key, value);
			found.push({ name, labels, value });
		}
	}
	return {
		text,
		series,
		types,
		sum: (name, wanted = {}) =>
			found
				.filter((each) => each.name === name)
				.filter(({ labels }) => Object.entries(wanted).every(([key, value]) => labels[key] === value))
				.reduce((sum, { value }) => sum + value, 0),
	};
}

function readSample(
	line: string,
	types: ReadonlyMap<string, string>,
): [key: string, name: string, labels: Record<string, string>, value: number] {
	const match = sample.exec(line);
	if (!match) throw new Error(`no sample: ${line}`);
	const [, name = "", pairs = ""] = match;
	const value = Number(line.slice(line.lastIndexOf(" ") + 1));
	if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
	if (!types.has(name) && types.get(name.replace(/_(bucket|sum|count)$/, "")) !== "histogram")
		throw new Error(`of no family that has been described: ${line}`);
	const labels = [...pairs.matchAll(new RegExp(label, "g"))].map(([, key = "", text = ""]) => [key, text] as const);
	return [line.slice(0, line.lastIndexOf(" ")), name, Object.fromEntries(labels), value];
}
