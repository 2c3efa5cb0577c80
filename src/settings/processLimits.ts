/** Resources that the system lets this process have: memory, and open files. */
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname, join } from "node:path";
import { messageOf } from "../errors/problem.js";

/** Bytes of memory: the machine's, or what its control groups allow where that is less. */
export function memoryLimitBytes(): number {
	const constrained = process.constrainedMemory?.() ?? 0;
	return Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY, ...groupLimits());
}

/** Limits of the process's group and all groups around it (cgroup v2, Linux' Documentation/admin-guide/cgroup-v2.rst). */
function groupLimits(): number[] {
	const limits: number[] = [];
	const group = /^0::(\/.*)$/m.exec(textOf("/proc/self/cgroup"))?.[1];
	for (let path = group; path !== undefined; path = path === "/" ? undefined : dirname(path)) {
		const limit = Number(textOf(join("/sys/fs/cgroup", path, "memory.max")).trim() || "max");
		if (limit > 0) limits.push(limit);
	}
	return limits;
}

/** How many files, which connections are too, may be open at once (RLIMIT_NOFILE). Node has raised it as far as it may. */
export function openFilesLimit(): number {
	const soft = /^Max open files\s+(\S+)/m.exec(textOf("/proc/self/limits"))?.[1] ?? reportedLimit();
	const limit = Number(soft);
	return Number.isInteger(limit) ? limit : Number.POSITIVE_INFINITY;
}

/** Where there is no /proc. */
function reportedLimit(): unknown {
	try {
		const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
		return userLimits?.open_files?.soft;
	} catch {
		return undefined;
	}
}

function textOf(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}

/** For the store, journals, modules and the primary. */
const otherFiles = 64;

export interface ConnectionLimits {
	/** Connections of clients, when each may need one to an upstream. */
	readonly clients: number;
	/** Connections that are being refused: each takes a file until it is closed. */
	readonly refused: number;
}

const mostRefused = 1000;
/** One file in so many is for connections that are being refused. */
const refusedShare = 16;

export function connectionLimits(openFiles: number): ConnectionLimits {
	const files = openFiles - otherFiles;
	const refused = Math.max(1, Math.min(mostRefused, Math.floor(files / refusedShare)));
	return { clients: Math.max(1, Math.floor((files - refused) / 2)), refused };
}

/** @returns the open files with which a process takes so many connections of clients */
export function filesForConnections(clients: number): number {
	const used = 2 * clients;
	return otherFiles + Math.min(used + mostRefused, Math.ceil((used * refusedShare) / (refusedShare - 1)));
}

/** The process, or the whole machine, can open no more files. */
export function isOutOfFiles(error: unknown): boolean {
	const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
	return code === "EMFILE" || code === "ENFILE";
}

const complaintEveryMs = 10_000;

/** Says of a process that it is out of files, now and then: what it could not do is not done, and all else goes on. */
export function outOfFilesComplaint(complain: (line: string) => void): (error: unknown) => void {
	let quietUntil = 0;
	return (error) => {
		const now = performance.now();
		if (now < quietUntil) return;
		quietUntil = now + complaintEveryMs;
		complain(`process ${process.pid} is out of files (ulimit -n): ${messageOf(error)}`);
	};
}
