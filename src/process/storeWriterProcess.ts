/** The store writer as the primary sees it: started once something is stored, and again when it has died. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { usageFolder } from "../accounting/usageJournal.js";
import { messageOf } from "../errors/problem.js";
import { hasContents } from "../files/openContents.js";
import type { Settings } from "../settings/settings.js";
import { hasFiles } from "../store/journalFiles.js";
import { hasJournal } from "../store/journals.js";
import { optimizeLaterFlag } from "./optimizeLater.js";

export type StoreWriterSettings = Pick<
	Settings,
	| "dataFolder"
	| "storeUrl"
	| "storeMaxAgeMs"
	| "storeMaxCount"
	| "responseMaxAgeMs"
	| "responseMaxCount"
	| "filesQuotaBytes"
	| "fileMaxAgeMs"
	| "usage"
	| "usageMaxAgeMs"
> & {
	/** Most bytes of cached answers; undefined if no route keeps any there. */
	readonly cacheMaxBytes: number | undefined;
};

/** How often the primary checks whether anything has been stored. */
const lookEveryMs = 500;
const restartMs = 2_000;

const program = fileURLToPath(new URL("./storeWriter.js", import.meta.url));
/** It has nobody waiting for it, and V8 would keep 15 MB for its new objects. */
const flags = ["--max-semi-space-size=1", optimizeLaterFlag];
/** The GNU C library would give each of its threads, which take turns, memory of its own. */
const memoryVariables = { MALLOC_ARENA_MAX: "1" };

export interface StoreWriter {
	/** It moves what is left, and ends by itself. */
	stop(): void;
	/** Kills it, since the store is about to be deleted. */
	kill(): Promise<void>;
}

/** While nothing is stored, there is no store writer. */
export function startStoreWriter(settings: Settings, complain: (line: string) => void): StoreWriter {
	const { dataFolder, storeUrl, storeMaxAgeMs, storeMaxCount, usage, usageMaxAgeMs, keepResponses } = settings;
	const { responseMaxAgeMs, responseMaxCount, filesQuotaBytes, fileMaxAgeMs } = settings;
	const cacheMaxBytes = cacheBound(settings);
	const message: StoreWriterSettings = {
		...{ dataFolder, storeUrl, storeMaxAgeMs, storeMaxCount, usage, usageMaxAgeMs },
		...{ responseMaxAgeMs, responseMaxCount, filesQuotaBytes, fileMaxAgeMs },
		cacheMaxBytes,
	};
	const recorded = usage ? usageFolder(settings) : undefined;
	const retains = storeMaxAgeMs !== undefined || storeMaxCount !== undefined || cacheMaxBytes !== undefined;
	let child: ChildProcess | undefined;
	let isStopped = false;
	let timer: NodeJS.Timeout;

	function isNeeded(): boolean {
		if (recorded !== undefined && hasFiles(recorded)) return true;
		// What other machines have kept grows old there, too.
		if (storeUrl !== undefined) return retains || keepResponses !== "never";
		return retains || (dataFolder !== undefined && (hasJournal(dataFolder) || hasContents(dataFolder)));
	}

	function look(): void {
		if (isNeeded()) start();
		else wait(lookEveryMs);
	}

	function wait(ms: number): void {
		if (!isStopped) timer = setTimeout(look, ms).unref();
	}

	function start(): void {
		try {
			child = fork(program, {
				stdio: "ignore",
				execArgv: [...process.execArgv, ...flags],
				env: { ...memoryVariables, ...process.env },
			});
		} catch (error) {
			failed(error);
			return;
		}
		child.on("message", (line) => complain(String(line)));
		// What can't be started never exits.
		const isThere = child.pid !== undefined;
		child.on("error", (error) => (isThere ? undefined : failed(error)));
		if (!isThere) return;
		child.once("exit", (code, signal) => {
			if (!isStopped) complain(`the store writer ${signal ? `was killed by ${signal}` : `ended with code ${code}`}`);
			wait(restartMs);
		});
		child.send(message, () => {});
	}

	function failed(error: unknown): void {
		complain(`the store writer did not start: ${messageOf(error)}`);
		wait(restartMs);
	}

	look();
	return {
		stop() {
			isStopped = true;
			clearTimeout(timer);
			if (child?.connected) child.disconnect();
		},
		async kill() {
			isStopped = true;
			clearTimeout(timer);
			if (!child || child.exitCode !== null || child.signalCode !== null) return;
			const ended = once(child, "exit");
			child.kill("SIGKILL");
			await ended;
		},
	};
}

/** Redis removes what is too old by itself. */
function cacheBound({ routing, redisUrl, storeUrl, dataFolder, cacheStoreBytes }: Settings): number | undefined {
	const isKept = redisUrl === undefined && cacheStoreBytes > 0 && (storeUrl ?? dataFolder) !== undefined;
	return isKept && routing.routes.some(({ cache }) => cache !== undefined) ? cacheStoreBytes : undefined;
}
