/** The command line of `npm run bench`, read once into settings. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadTool } from "./machine.mjs";

export const HELP = `Usage: npm run bench -- [options]

Measures LLMGW beside the upstream itself (direct), a bare Node proxy (bare), nginx where it is
installed, and any gateway you name, all on the same core in the same run.

  --quick              tiny counts, a few seconds; proves the harness, not the numbers
  --only A,B           only these measures: {measures}
  --subjects A,B       only these subjects: direct, bare, llmgw, nginx, or a peer's name
  --peer NAME="CMD"    one more gateway; {port} and {upstream} in CMD are filled in (repeatable). Or NAME=URL for one
                       that runs already: http://127.0.0.1:PORT, with the upstream at --upstream-port
  --upstream-port N    where the mock upstream listens, for peers that run already
  --header "N: V"      a header for every request; {upstream} is filled in (repeatable)
  --rounds N           rounds the subjects take turns in (3)
  --seconds N          length of one round of load (4)
  --load TOOL          wrk or autocannon; without it wrk where it is installed
  --chunk-rate N       streamed chunks/s offered alike to every subject (12000)
  --json [FILE]        JSON to FILE, or alone on standard output
  --out FOLDER         where chart and JSON go (bench/results; with --quick nowhere)
  --name NAME          their file name (latest)
  --rate N             requests/s of the fixed rate (3000)
  --growth-seconds N   length of the load over which memory may grow (60)
  --profile            instead of measuring: CPU profiles of llmgw's processes by package
  --help               this text
`;

const FULL = {
	rounds: 3,
	seconds: 4,
	warmupSeconds: 4,
	latencyRequests: { 1: 4000, 32: 30_000 },
	firstByteRequests: 1000,
	streamCounts: [20, 200, 1000],
	refinements: 2, // a busier process spends less on each chunk, so the first estimate is low
	windowMs: 3000,
	settleMs: 500,
	movedMs: 1500, // until the last stored record is in the database, so that all of its cost is counted
	quietMs: 600, // how long a subject's processes are watched to see that they have nothing left to do
	heldStreams: 5000,
	heldMs: 4000,
	restMs: 1500,
	idleRestMs: 30_000, // V8 gives the memory that start-up took back when nothing has happened for ten seconds and more
	starts: 5,
	largeRounds: 4,
	probeMs: 1500,
	fixedRate: 3000,
	fixedRateSeconds: 5,
	frontierFrom: 500,
	frontierSteps: 18,
	frontierSeconds: 2,
	bodyRequests: 60,
	bodiesAtOnce: 200,
	bodyBytes: 2 ** 20,
	growthSeconds: 60,
	idleConnections: 10_000,
};

/** @type {typeof FULL} */
const QUICK = {
	rounds: 1,
	seconds: 1,
	warmupSeconds: 0,
	latencyRequests: { 1: 100, 32: 500 },
	firstByteRequests: 50,
	streamCounts: [20],
	refinements: 1,
	windowMs: 300,
	settleMs: 100,
	movedMs: 150,
	quietMs: 150,
	heldStreams: 100,
	heldMs: 300,
	restMs: 200,
	idleRestMs: 200,
	starts: 1,
	largeRounds: 1,
	probeMs: 200,
	fixedRate: 100,
	fixedRateSeconds: 1,
	frontierFrom: 50,
	frontierSteps: 2,
	frontierSeconds: 0.5,
	bodyRequests: 3,
	bodiesAtOnce: 4,
	bodyBytes: 2 ** 18,
	growthSeconds: 1,
	idleConnections: 50,
};

/** @type {string[]} */
const noText = [];
/** @satisfies {import("node:util").ParseArgsConfig["options"]} */
const OPTIONS = {
	quick: { type: "boolean", default: false },
	only: { type: "string" },
	subjects: { type: "string" },
	peer: { type: "string", multiple: true, default: noText },
	header: { type: "string", multiple: true, default: noText },
	rounds: { type: "string" },
	seconds: { type: "string" },
	"chunk-rate": { type: "string" },
	load: { type: "string" },
	json: { type: "string" },
	out: { type: "string" },
	name: { type: "string", default: "latest" },
	rate: { type: "string" },
	"growth-seconds": { type: "string" },
	"upstream-port": { type: "string" },
	profile: { type: "boolean", default: false },
	help: { type: "boolean", short: "h", default: false },
};

/** @typedef {ReturnType<typeof readSettings>} Settings */

/** @param {string[]} argv */
export function readSettings(argv) {
	const { values } = parseArgs({ args: withBareJson(argv), options: OPTIONS });
	const sizes = values.quick ? QUICK : FULL;
	return {
		...sizes,
		connections: 32,
		largeBytes: 2 * 2 ** 20,
		largeInFlight: { few: 8, many: 32 },
		rounds: wholeNumber("rounds", values.rounds, sizes.rounds),
		seconds: wholeNumber("seconds", values.seconds, sizes.seconds),
		chunkRate: wholeNumber("chunk-rate", values["chunk-rate"], values.quick ? 1000 : 12_000),
		fixedRate: wholeNumber("rate", values.rate, sizes.fixedRate),
		growthSeconds: wholeNumber("growth-seconds", values["growth-seconds"], sizes.growthSeconds),
		upstreamPort: values["upstream-port"] && wholeNumber("upstream-port", values["upstream-port"], 1),
		quick: values.quick,
		load: readLoad(values.load ?? loadTool()),
		only: list(values.only),
		subjects: list(values.subjects),
		peers: values.peer.map(readPeer),
		headers: Object.fromEntries(values.header.map(readHeader)),
		jsonToStdout: values.json === "-",
		jsonFile: values.json === "-" ? undefined : values.json,
		out: values.out ?? (values.quick ? undefined : fileURLToPath(new URL("results", import.meta.url))),
		name: values.name,
		profile: values.profile,
		help: values.help,
	};
}

/**
 * `--json` may stand without a file; parseArgs knows no such option.
 * @param {string[]} argv
 */
function withBareJson(argv) {
	return argv.map((arg, index) => {
		const isBare = arg === "--json" && (argv[index + 1] ?? "--").startsWith("-");
		return isBare ? "--json=-" : arg;
	});
}

/**
 * @param {string} name
 * @param {string | undefined} text
 * @param {number} otherwise
 */
export function wholeNumber(name, text, otherwise) {
	const value = text === undefined ? otherwise : Number(text);
	if (Number.isInteger(value) && value > 0) return value;
	throw new Error(`--${name} wants a whole number above 0, not "${text}"`);
}

/** @param {string | undefined} text */
const list = (text) => text?.split(",").map((item) => item.trim());

/** @param {string} text */
function readLoad(text) {
	if (text === "wrk" || text === "autocannon") return text;
	throw new Error(`--load wants wrk or autocannon, not "${text}"`);
}

/**
 * Another gateway, by its command, or by the loopback port where it listens already.
 * @typedef {{ name: string, command?: string, port?: number }} Peer
 * @param {string} text
 * @returns {Peer}
 */
function readPeer(text) {
	const [, name, given] = /^([\w.-]+)=(.+)$/s.exec(text) ?? [];
	const port = /^http:\/\/(?:127\.0\.0\.1|localhost):(\d+)\/?$/.exec(given ?? "")?.[1];
	if (name && port) return { name, port: Number(port) };
	if (name && given?.includes("{port}")) return { name, command: given };
	throw new Error(
		`--peer wants NAME="command with {port} and {upstream}", or NAME=http://127.0.0.1:PORT, not "${text}"`,
	);
}

/** @param {string} text */
function readHeader(text) {
	const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(text) ?? [];
	if (name && value !== undefined) return [name.toLowerCase(), value];
	throw new Error(`--header wants "name: value", not "${text}"`);
}
