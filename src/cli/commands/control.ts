/** `llmw status` and `llmw reload`: what is asked of a gateway that runs already. */
import { setTimeout as sleep } from "node:timers/promises";
import { Problems } from "../../errors/problem.js";
import { terminalJson } from "../../logging/terminalText.js";
import { askGateway } from "../../process/control/client.js";
import type { ListenAddress } from "../../process/control/socketPath.js";
import { describeReload } from "../../process/reload.js";
import { statusTables } from "../statusTable.js";

const watchEveryMs = 1_000;

export interface StatusOptions {
	/** One line of JSON instead of the tables. */
	json: boolean;
	/** Again each second, until the gateway ends. */
	watch: boolean;
	/** Makes room for tables that replace those before, on a terminal. */
	clear(): void;
}

/** Replaces the running gateway's workers. @throws Problems that keep the old ones, or when no gateway runs there */
export async function reload(address: ListenAddress, print: (text: string) => void): Promise<void> {
	const outcome = await askGateway(address, "reload");
	if ("problems" in outcome) throw new Problems(outcome.problems);
	print(describeReload(outcome.workers));
}

/** @throws Problems when no gateway runs there, or no more */
export async function status(
	address: ListenAddress,
	{ json, watch, clear }: StatusOptions,
	print: (text: string) => void,
): Promise<void> {
	for (;;) {
		const found = await askGateway(address, "status");
		if (json) print(terminalJson(found));
		else {
			if (watch) clear();
			print(`${statusTables(found)}${watch ? "\n" : ""}`);
		}
		if (!watch) return;
		await sleep(watchEveryMs);
	}
}
