/** Measures one process: CPU time, memory, and how late its event loop is. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { MemorySample } from "./messages.js";
import type { Recorder } from "./metricRecorder.js";

export type ProcessKind = "primary" | "worker";

export interface ProcessMeter {
	/** Counts the CPU time since the last call. */
	countCpu(): void;
	/** Counts how late the event loop has been since the last call. */
	countLag(): void;
	memory(): MemorySample;
	stop(): void;
}

/** How often the loop is sampled; time beyond that is lag. */
const resolutionMs = 20;

export function createProcessMeter(kind: ProcessKind, recorder: Recorder): ProcessMeter {
	const labels = [kind];
	const delay = monitorEventLoopDelay({ resolution: resolutionMs });
	delay.enable();
	let counted = 0;
	let latest = { residentBytes: 0, heapBytes: 0 };
	return {
		countCpu() {
			const { user, system } = process.cpuUsage();
			const seconds = (user + system) / 1e6;
			recorder.add("cpu", labels, seconds - counted);
			counted = seconds;
		},
		countLag() {
			recorder.observe("loopLag", labels, Math.max(0, delay.max / 1e9 - resolutionMs / 1000));
			delay.reset();
		},
		memory() {
			try {
				const { rss, heapUsed } = process.memoryUsage();
				latest = { residentBytes: rss, heapBytes: heapUsed };
			} catch {
				// It reads a file, and the process may be out of open files.
			}
			return { ...latest, uptimeSeconds: process.uptime() };
		},
		stop: () => void delay.disable(),
	};
}
