/** Draws a run's main numbers as a small SVG of bars that reads well on light and dark pages. */
import { show } from "./numbers.mjs";

/** @typedef {{ title: string, better: 'more' | 'less', bars: [string, number][] }} Panel */

const WIDTH = 860;
const COLUMN = 420;
const LABEL = 90;
const BAR = 14;
const ROW = 21;
const HEAD = 62;
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 } .note { fill: #57606a; font-size: 11px }
  .page { fill: #fff } .bar { fill: #8c959f } .llmgw { fill: #1f77d0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 } .page { fill: #0d1117 } .bar { fill: #656c76 } .llmgw { fill: #58a6ff }
  }`;

/**
 * @param {Record<string, any>} results
 * @param {string} note the machine's description, shown below the heading
 * @returns {string} an SVG document
 */
export function chart(results, note) {
	const panels = panelsOf(results).filter((panel) => panel.bars.length > 0);
	const rows = Math.max(1, ...panels.map((panel) => panel.bars.length));
	const panelHeight = 32 + rows * ROW;
	const height = HEAD + Math.ceil(panels.length / 2) * panelHeight;
	const drawn = panels.map((panel, index) => {
		const x = 10 + (index % 2) * COLUMN;
		return drawPanel(panel, x, HEAD + Math.floor(index / 2) * panelHeight);
	});
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>LLMGW benchmark</title>
<style>${STYLE}
</style>
<rect class="page" width="100%" height="100%" rx="6"/>
<text x="10" y="18" class="title">LLMGW benchmark: one worker on one core</text>
<text x="10" y="36" class="note">${escapeText(note)}</text>
${drawn.join("\n")}
</svg>
`;
}

/**
 * @param {Record<string, any>} results
 * @returns {Panel[]}
 */
function panelsOf({ requests, latency, streams, firstByte, held, start }) {
	const streamed = streams?.[200] ?? Object.values(streams ?? {})[0];
	return [
		panel("Requests/s, 1 KB in and out, 32 connections", "more", requests, "perSecond"),
		panel("CPU µs per request", "less", requests, "cpuMicros"),
		panel("Latency added, p50 ms, 1 connection", "less", without(latency, "direct"), "added1P50Ms"),
		panel("Time to first byte added, p50 ms", "less", without(firstByte, "direct"), "addedP50Ms"),
		panel("CPU µs per streamed chunk, 200 streams", "less", streamed, "cpuMicros"),
		panel("Streamed chunks/s, 200 streams", "more", streamed, "carried"),
		panel("KB of memory per open stream", "less", without(held, "direct"), "perStreamKb"),
		panel("MB of memory, idle worker", "less", without(held, "direct"), "idleMb"),
		panel("Start to first answer, ms", "less", start, "startMs"),
	];
}

/**
 * @param {string} title
 * @param {'more' | 'less'} better
 * @param {Record<string, any> | undefined} rows
 * @param {string} key
 * @returns {Panel}
 */
function panel(title, better, rows, key) {
	const entries = Object.entries(rows ?? {});
	const bars = entries.map(([name, row]) => /** @type {[string, number]} */ ([name, row[key]]));
	return { title, better, bars: bars.filter(([, value]) => Number.isFinite(value)) };
}

/**
 * @param {Record<string, any> | undefined} rows
 * @param {string} name
 */
function without(rows, name) {
	return Object.fromEntries(Object.entries(rows ?? {}).filter(([subject]) => subject !== name));
}

/**
 * @param {Panel} panel
 * @param {number} x
 * @param {number} y
 */
function drawPanel({ title, better, bars }, x, y) {
	const largest = Math.max(...bars.map(([, value]) => value), Number.EPSILON);
	const room = COLUMN - LABEL - 80;
	const lines = bars.map(([name, value], index) => {
		const top = y + 12 + index * ROW;
		const length = Math.max(1, (Math.max(0, value) / largest) * room).toFixed(1);
		const kind = name === "llmgw" ? "bar llmgw" : "bar";
		return `<text x="${x}" y="${top + 11}">${escapeText(name.slice(0, 14))}</text>
<rect class="${kind}" x="${x + LABEL}" y="${top}" width="${length}" height="${BAR}" rx="2"/>
<text x="${x + LABEL + Number(length) + 6}" y="${top + 11}">${show(value)}</text>`;
	});
	const heading = `<text x="${x}" y="${y}" class="title">${escapeText(title)} <tspan class="note">(${better} is better)</tspan></text>`;
	return [heading, ...lines].join("\n");
}

/** @param {string} text */
function escapeText(text) {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
