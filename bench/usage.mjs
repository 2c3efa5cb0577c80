/**
 * The resources that processes use, seen from outside: CPU time, memory, children, and how busy a core was.
 * Linux's /proc where there is one, else `ps`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";

const HAS_PROC = existsSync("/proc/self/stat");
const MICROS_PER_TICK = 10_000; // Linux counts in USER_HZ, which is 100 per second for user space

/**
 * User and system time of all threads of these processes, in µs.
 * @param {number[]} pids
 */
export function cpuMicros(pids) {
	return pids.reduce((sum, pid) => sum + (HAS_PROC ? cpuFromProc(pid) : cpuFromPs(pid)), 0);
}

/**
 * The same to the microsecond, if the system counts that finely; for threads that are alive.
 * @param {number[]} pids
 */
export function fineCpuMicros(pids) {
	return pids.reduce((sum, pid) => sum + (cpuFromSchedule(pid) ?? cpuMicros([pid])), 0);
}

/** @param {number} pid */
function cpuFromSchedule(pid) {
	const folder = `/proc/${pid}/task`;
	if (!existsSync(`/proc/${pid}/schedstat`)) return undefined;
	const nanoseconds = readdirSync(folder).map((thread) =>
		Number.parseInt(tryRead(`${folder}/${thread}/schedstat`), 10),
	);
	return nanoseconds.reduce((sum, spent) => sum + (spent || 0), 0) / 1000;
}

/** @param {number} pid */
function cpuFromProc(pid) {
	const fields = statFields(pid); // user and system time are fields 14 and 15 of proc(5)
	return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
}

/** @param {number} pid */
function statFields(pid) {
	const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
	return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** @param {number} pid */
function cpuFromPs(pid) {
	const parts = ps("time=", pid).split(/[-:]/).map(Number);
	const weights = [1, 60, 3600, 86_400];
	return parts.reverse().reduce((sum, part, index) => sum + part * (weights[index] ?? 0), 0) * 1e6;
}

/**
 * Resident memory in KB: all of it, its highest since `resetPeak`, its anonymous part (heaps and buffers, without the
 * program's own files), and its proportional share, in which a page that several processes share counts once among them;
 * undefined if the system does not tell.
 * @param {number} pid
 * @returns {{ rss: number, peak: number, anonymous: number, pss: number | undefined }}
 */
export function memoryKb(pid) {
	if (!HAS_PROC) {
		const rss = Number(ps("rss=", pid));
		return { rss, peak: rss, anonymous: rss, pss: undefined };
	}
	const status = readFileSync(`/proc/${pid}/status`, "utf8");
	const rollup = tryRead(`/proc/${pid}/smaps_rollup`); // exact, where VmRSS may lag a little
	const rss = field(rollup, "Rss") ?? field(status, "VmRSS") ?? 0;
	return {
		rss,
		peak: Math.max(rss, field(status, "VmHWM") ?? 0),
		anonymous: field(rollup, "Anonymous") ?? field(status, "RssAnon") ?? rss,
		pss: field(rollup, "Pss"),
	};
}

/** @param {number[]} pids */
export const rssKb = (pids) => pids.reduce((sum, pid) => sum + memoryKb(pid).rss, 0);

/**
 * Their proportional shares together, in KB; 0 if the system does not tell.
 * @param {number[]} pids
 */
export const pssKb = (pids) => pids.reduce((sum, pid) => sum + (memoryKb(pid).pss ?? 0), 0);

/** Resets the peak of `memoryKb`; without the right to, it stays the process's highest.
 * @param {number} pid */
export function resetPeak(pid) {
	if (!HAS_PROC) return;
	try {
		writeFileSync(`/proc/${pid}/clear_refs`, "5");
	} catch {
		// an older peak then counts, which can only make the result look worse
	}
}

/**
 * @param {string} text
 * @param {string} name
 */
function field(text, name) {
	const value = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1];
	return value === undefined ? undefined : Number(value);
}

/**
 * Files, sockets and other handles a process has open; undefined if that can't be seen.
 * @param {number} pid
 */
export function openHandles(pid) {
	return HAS_PROC ? readdirSync(`/proc/${pid}/fd`).length : undefined;
}

/**
 * @param {number} pid
 * @returns {number[]} its children that live
 */
export function childrenOf(pid) {
	return processTable()
		.filter((row) => row.parent === pid)
		.map((row) => row.pid);
}

/**
 * Workers of a gateway's primary. Its store writer is another child, and carries no requests.
 * @param {number} pid
 */
export function workersOf(pid) {
	return childrenOf(pid).filter((child) => !isStoreWriter(child));
}

/**
 * The store writers of a gateway's primary: one, once something has been stored.
 * @param {number} pid
 */
export function storeWritersOf(pid) {
	return childrenOf(pid).filter(isStoreWriter);
}

/** @param {number} pid */
function isStoreWriter(pid) {
	return tryRead(`/proc/${pid}/cmdline`).includes("storeWriter.js");
}

/**
 * @param {number} pid
 * @returns {number[]} it and all below it
 */
export function treeOf(pid) {
	const table = processTable();
	const tree = [pid];
	for (const member of tree) {
		tree.push(...table.filter((row) => row.parent === member).map((row) => row.pid));
	}
	return tree;
}

/**
 * Processes that listen on a TCP port, with all that they have started; none where there is no /proc.
 * @param {number} port
 * @returns {number[]}
 */
export function listenersOn(port) {
	const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
	const lines = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => tryRead(file).split("\n").slice(1));
	const inodes = new Set(
		lines
			.map((line) => line.trim().split(/\s+/))
			.filter(([, address = "", , state]) => address.endsWith(local) && state === "0A")
			.map((fields) => `socket:[${fields[9]}]`),
	);
	if (inodes.size === 0) return [];
	const pids = processTable().map(({ pid }) => pid);
	return [...new Set(pids.filter((pid) => hasOpen(pid, inodes)).flatMap(treeOf))];
}

/**
 * @param {number} pid
 * @param {Set<string>} names as `/proc` shows open files
 */
function hasOpen(pid, names) {
	try {
		return readdirSync(`/proc/${pid}/fd`).some((file) => names.has(readlinkSync(`/proc/${pid}/fd/${file}`)));
	} catch {
		return false; // it has ended, or is another user's
	}
}

/** @returns {{ pid: number, parent: number }[]} */
function processTable() {
	if (!HAS_PROC) {
		return run("ps", ["-axo", "pid=,ppid="])
			.trim()
			.split("\n")
			.map((line) => line.trim().split(/\s+/).map(Number))
			.map(([pid = 0, parent = 0]) => ({ pid, parent }));
	}
	const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	return pids.map((name) => ({ pid: Number(name), parent: parentOf(Number(name)) }));
}

/** @param {number} pid */
function parentOf(pid) {
	try {
		return Number(statFields(pid)[1]);
	} catch {
		return 0; // it ended between listing and reading
	}
}

/**
 * Time a core was busy with anything and with nothing since boot, in ticks.
 * @param {number | undefined} core
 */
export function coreTicks(core) {
	const line = new RegExp(`^cpu${core} (.*)$`, "m").exec(tryRead("/proc/stat"))?.[1];
	const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0] =
		line?.split(" ").map(Number) ?? [];
	return { busy: user + nice + system + irq + soft + steal, idle: idle + wait };
}

/** @param {string} file */
function tryRead(file) {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}

/**
 * @param {string} column
 * @param {number} pid
 */
const ps = (column, pid) => run("ps", ["-o", column, "-p", String(pid)]).trim();

/**
 * @param {string} command
 * @param {string[]} args
 */
const run = (command, args) => spawnSync(command, args, { encoding: "utf8" }).stdout ?? "";
