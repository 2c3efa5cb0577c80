/**
 * Load at a fixed number of connections from wrk or autocannon, each a process of its own. Both keep every
 * connection busy (a closed loop), and read an answer to its end before they ask again.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { start } from "../processes.mjs";
import { chatBody } from "./chatRequest.mjs";

/**
 * @typedef {object} WholeLoad
 * @property {number} port
 * @property {string} body
 * @property {Record<string, string>} headers
 * @property {number} connections
 * @property {number} seconds whole ones
 * @property {string} folder for the load program's files
 */

/**
 * @param {import("../bench.mjs").Bench} bench
 * @param {import("../subjects.mjs").Subject} subject
 * @param {{ connections: number, seconds: number, body?: string }} size
 * @returns {Promise<{ requests: number, seconds: number, errors: number }>}
 */
export async function runWholeLoad({ settings, layout, around }, { port, headers }, size) {
	const { body = chatBody({ model: "bench-whole" }) } = size;
	const load = { port, headers, folder: around.folder, ...size, body };
	const command = settings.load === "wrk" ? wrkCommand(load) : autocannonCommand(load);
	const process = start(command, layout?.load);
	let text = "";
	process.child.stdout?.on("data", (data) => {
		text += data;
	});
	const [code] = await once(process.child, "close");
	const json = text.slice(text.lastIndexOf("\n{") + 1).trim();
	if (code !== 0 || !json.startsWith("{")) {
		throw new Error(`the load program failed: ${process.output()}`);
	}
	return readResult(JSON.parse(json));
}

/** @param {any} result wrk's, as our script prints it, or autocannon's */
function readResult(result) {
	if (!result.finish) return result;
	return {
		requests: result.requests.total,
		seconds: result.duration,
		errors: result.errors + result.non2xx + result.mismatches,
	};
}

/** @param {WholeLoad} load */
const url = ({ port }) => `http://127.0.0.1:${port}/v1/chat/completions`;

/** @param {WholeLoad} load */
function wrkCommand(load) {
	const headers = Object.entries({ "content-type": "application/json", ...load.headers });
	const script = `wrk.method = "POST"
wrk.body = ${luaText(load.body)}
${headers.map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${luaText(value)}`).join("\n")}
done = function(s)
  local e = s.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('\\n{"requests":%d,"seconds":%f,"errors":%d}\\n', s.requests, s.duration / 1e6, errors))
end
`;
	const file = join(load.folder, `load-${load.port}.lua`);
	writeFileSync(file, script);
	const size = ["-t1", `-c${load.connections}`, `-d${load.seconds}s`];
	return ["wrk", ...size, "--timeout", "10s", "-s", file, url(load)];
}

/** @param {string} text */
const luaText = (text) => `[===[${text}]===]`;

/** @param {WholeLoad} load */
function autocannonCommand(load) {
	const file = join(load.folder, `load-${load.port}.json`);
	writeFileSync(file, load.body);
	const script = createRequire(import.meta.url).resolve("autocannon");
	const size = ["-c", String(load.connections), "-d", String(load.seconds)];
	const headers = Object.entries({ "content-type": "application/json", ...load.headers });
	const headerFlags = headers.flatMap(([name, value]) => ["-H", `${name}=${value}`]);
	return [process.execPath, script, "-j", "-m", "POST", ...size, ...headerFlags, "-i", file, url(load)];
}
