/** What is measured: how each subject is started, and which of its processes do the work. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chatBody } from "./load/chatRequest.mjs";
import { findTool } from "./machine.mjs";
import { freePort, pin, start, untilAnswered } from "./processes.mjs";
import { listenersOn, treeOf, workersOf } from "./usage.mjs";

/** @typedef {import("./processes.mjs").Started} Started */
/** @typedef {import("./machine.mjs").Layout} Layout */

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {number} port
 * @property {number[]} workers processes that carry requests
 * @property {number[]} primary the one that supervises them, if there is one
 * @property {Record<string, string>} headers
 * @property {(tell: (line: string) => void) => void} onOutput each line it prints from now on
 * @property {() => string} output its last output
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Variant how starting a subject differs from the default
 * @property {number} [workers]
 * @property {string[]} [overlays]
 * @property {number} [firstWorkerCore] which of the cores for workers the first one gets
 * @property {boolean} [unpinned]
 * @property {string[]} [nodeFlags] for Node itself, in bare and llmgw
 * @property {string[]} [flags] more flags for llmgw
 * @property {string} [config] its configuration file, which names the upstream
 *
 * @typedef {object} Surroundings
 * @property {{ port: number, pid: number }} mockUpstream
 * @property {string} folder a temporary one
 * @property {Layout | undefined} layout
 * @property {string} limitOverlay
 * @property {Record<string, string>} headers
 * @property {import("./settings.mjs").Peer[]} peers
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const OTHER_WORKERS_MS = 1000; // the first has answered, the others can't be asked one by one
export const GATEWAY_CLI = here("../dist/cli.js");

/**
 * Names of all subjects, and why some can't be measured here.
 * @param {{ name: string }[]} peers
 */
export function knownSubjects(peers) {
	/** @type {{ name: string, missing?: string }[]} */
	const known = [{ name: "direct" }, { name: "bare" }, { name: "llmgw" }, { name: "nginx" }];
	for (const subject of known) {
		if (subject.name === "llmgw" && !existsSync(GATEWAY_CLI)) {
			subject.missing = 'dist/cli.js is not there yet: run "npm run build" first';
		}
		if (subject.name === "nginx" && !findTool("nginx")) subject.missing = "nginx is not installed";
	}
	known.push(...peers.map(({ name }) => ({ name })));
	return known;
}

/**
 * Starts a subject without waiting for it to answer.
 * @param {string} name
 * @param {Surroundings} around
 * @param {Variant} [variant]
 */
export async function launch(name, around, variant = {}) {
	const port = await freePort();
	const command = commandOf(name, port, around, variant);
	const core = variant.unpinned ? undefined : around.layout?.workers[0];
	return { port, process: start(command, core) };
}

/**
 * Starts a subject, waits for its first answer and pins its processes.
 * @param {string} name
 * @param {Surroundings} around
 * @param {Variant} [variant]
 * @returns {Promise<Subject>}
 */
export async function startSubject(name, around, variant = {}) {
	const { headers, mockUpstream, layout } = around;
	if (name === "direct") {
		const nothing = { onOutput: () => {}, output: () => "", stop: async () => {} };
		return { name, port: mockUpstream.port, workers: [mockUpstream.pid], primary: [], headers, ...nothing };
	}
	const peer = around.peers.find((candidate) => candidate.name === name);
	if (peer?.port) return runningPeer(peer.name, peer.port, headers);
	const { port, process } = await launch(name, around, variant);
	await untilAnswered(process, firstRequest(port, headers));
	if ((variant.workers ?? 1) > 1) await sleep(OTHER_WORKERS_MS);
	const roles = rolesOf(name, process.pid);
	if (layout && !variant.unpinned) {
		const cores = layout.workers;
		const first = variant.firstWorkerCore ?? 0;
		for (const [index, pid] of roles.workers.entries()) pin(pid, cores[(first + index) % cores.length]);
		for (const pid of roles.primary) pin(pid, layout.primary);
	}
	const { stop, onOutput, output } = process;
	return { name, port, ...roles, headers, stop, onOutput, output };
}

/**
 * A peer that runs already: it is neither started nor pinned nor stopped, and its processes are those that listen on its port.
 * @param {string} name
 * @param {number} port
 * @param {Record<string, string>} headers
 * @returns {Subject}
 */
function runningPeer(name, port, headers) {
	const nothing = { onOutput: () => {}, output: () => "", stop: async () => {} };
	return { name, port, workers: listenersOn(port), primary: [], headers, ...nothing };
}

/**
 * @param {number} port
 * @param {Record<string, string>} headers
 */
export function firstRequest(port, headers) {
	const body = chatBody({ model: "bench-whole" });
	const length = String(Buffer.byteLength(body));
	const own = { "content-type": "application/json", "content-length": length };
	return { port, path: "/v1/chat/completions", body, headers: { ...headers, ...own } };
}

/**
 * Processes that do a subject's work: llmgw's workers, since its primary supervises; any other subject's whole tree.
 * @param {string} name
 * @param {number} pid
 */
function rolesOf(name, pid) {
	const children = workersOf(pid);
	if (name === "llmgw" && children.length > 0) return { workers: children, primary: [pid] };
	return { workers: treeOf(pid), primary: [] };
}

/**
 * @param {string} name
 * @param {number} port
 * @param {Surroundings} around
 * @param {Variant} variant
 * @returns {string[]}
 */
function commandOf(name, port, around, variant) {
	const upstream = `http://127.0.0.1:${around.mockUpstream.port}`;
	const node = [process.execPath, ...(variant.nodeFlags ?? [])];
	if (name === "bare") return [...node, here("bareProxy.mjs"), String(port), upstream];
	if (name === "llmgw") return [...node, ...gatewayArguments(port, around, variant)];
	if (name === "nginx") return nginxCommand(port, around);
	const peer = around.peers.find((candidate) => candidate.name === name);
	if (!peer?.command) throw new Error(`unknown subject "${name}"`);
	const command = peer.command.replaceAll("{port}", String(port)).replaceAll("{upstream}", upstream);
	return ["sh", "-c", `exec ${command}`];
}

/**
 * @param {number} port
 * @param {Surroundings} around
 * @param {Variant} variant
 */
function gatewayArguments(port, { mockUpstream, limitOverlay, folder }, variant) {
	const { workers = 1, overlays = [], flags = [], config } = variant;
	const command = [GATEWAY_CLI, "--bindport", String(port), "--workers", String(workers), ...flags];
	// Neither the user's own store gets the records, nor those of the subject before.
	if (!flags.includes("--data")) command.push("--data", join(folder, `data-${port}`));
	if (config) command.push("--config", config);
	else command.push("--aihost", "127.0.0.1", "--aihostport", String(mockUpstream.port));
	for (const overlay of [limitOverlay, ...overlays]) command.push("--overlay", overlay);
	return command;
}

/**
 * An nginx of our own: one process, own configuration, everything it writes in the run's folder.
 * @param {number} port
 * @param {Surroundings} around
 */
function nginxCommand(port, { mockUpstream, folder }) {
	const prefix = join(folder, `nginx-${port}`);
	mkdirSync(prefix);
	const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
	writeFileSync(
		join(prefix, "nginx.conf"),
		`daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 20000;
pid nginx.pid; error_log stderr crit;
events { worker_connections 16000; }
http {
  access_log off; client_max_body_size 64m; keepalive_requests 1000000000;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join(" ")}
  upstream ai { server 127.0.0.1:${mockUpstream.port}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://ai; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_read_timeout 300s;
    }
  }
}
`,
	);
	return [findTool("nginx") ?? "nginx", "-p", prefix, "-e", "stderr", "-c", "nginx.conf"];
}
