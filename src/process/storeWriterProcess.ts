/** The store writer as the primary sees it: started once something is stored, and again when it has died. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { usageFolder } from "../accounting/usageJournal.js";
import { messageOf } from "../errors/problem.js";
import type { Settings } from "../settings/settings.js";
import { hasJournal } from "../store/journal.js";
import { hasFiles } from "../store/journalFiles.js";

export type StoreWriterSettings = Pick<
	Settings,
	"dataFolder" | "storeUrl" | "storeMaxAgeMs" | "storeMaxCount" | "usage" | "usageMaxAgeMs"
>;

/** How often the primary checks whether anything has been stored. */
const lookEveryMs = 500;
const restartMs = 2_000;

export interface StoreWriter {
	/** It moves what is left, and ends by itself. */
	stop(): void;
	/** Kills it, since the store is about to be deleted. */
	kill(): Promise<void>;
}

/** While nothing is stored, there is no store writer. */
export function startStoreWriter(settings: Settings, complain: (line: string) => void): StoreWriter {
	const { dataFolder, storeUrl, storeMaxAgeMs, storeMaxCount, usage, usageMaxAgeMs } = settings;
	const message: StoreWriterSettings = { dataFolder, storeUrl, storeMaxAgeMs, storeMaxCount, usage, usageMaxAgeMs };
	const recorded = usage ? usageFolder(settings) : undefined;
	const retains = storeMaxAgeMs !== undefined || storeMaxCount !== undefined;
	let child: ChildProcess | undefined;
	let isStopped = false;
	let timer: NodeJS.Timeout;

	function isNeeded(): boolean {
		if (recorded !== undefined && hasFiles(recorded)) return true;
		return retains || (storeUrl === undefined && dataFolder !== undefined && hasJournal(dataFolder));
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
			child = fork(fileURLToPath(new URL("./storeWriter.js", import.meta.url)), { stdio: "ignore" });
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
