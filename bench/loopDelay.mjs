/**
 * Preloaded into a process that is measured (`--import`, with `?folder=`): at SIGUSR2 it writes into a file named
 * by its pid how long its event loop was blocked at most since the last time, in milliseconds.
 */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";

const folder = new URL(import.meta.url).searchParams.get("folder") ?? ".";
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
process.on("SIGUSR2", () => {
	const file = join(folder, `delay-${process.pid}`);
	writeFileSync(`${file}.new`, String(delays.max / 1e6));
	renameSync(`${file}.new`, file);
	delays.reset();
});
