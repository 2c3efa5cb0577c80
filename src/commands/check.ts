/** `llmw check`: finds what is wrong with settings, overlays and plugins without starting anything. */
import { chainInForce } from "../chain.js";
import { readOverlay } from "../contract/overlay.js";
import { type Problem, Problems } from "../contract/problem.js";
import type { Settings } from "../contract/settings.js";
import { createGateway } from "../gateway.js";
import { WindowCounter } from "../limits/counter.js";
import { loadPlugins } from "../loadPlugins.js";

/** @throws Problems with everything that was found. */
export async function check(readSettings: () => Settings): Promise<void> {
	const settings = readSettings();
	const problems: Problem[] = [];
	await collect(problems, () => loadPlugins(settings.plugins));
	for (const file of settings.overlays) await collect(problems, () => readOverlay(file));
	if (problems.length === 0) await collect(problems, () => build(settings));
	if (problems.length > 0) throw new Problems(problems);
	console.log(
		`Good: settings, contract, ${count(settings.overlays, "overlay")}, ${count(settings.plugins, "plugin")}.`,
	);
}

/** `llmw chain`: the plugins a request passes, in their order. */
export async function printChain(settings: Settings): Promise<void> {
	const links = chainInForce(settings, await loadPlugins(settings.plugins));
	for (const { stage, plugin, source } of links) console.log(`${stage.padEnd(15)}${plugin.name.padEnd(20)}${source}`);
	console.log(`${"handler".padEnd(15)}${"(the operation's)".padEnd(20)}built in`);
}

async function build(settings: Settings): Promise<void> {
	const gateway = await createGateway(settings, {
		counter: new WindowCounter(),
		isDraining: () => false,
		print: () => {},
	});
	await gateway.close();
}

async function collect(problems: Problem[], attempt: () => unknown): Promise<void> {
	try {
		await attempt();
	} catch (error) {
		if (!(error instanceof Problems)) throw error;
		problems.push(...error.problems);
	}
}

function count(list: readonly unknown[], noun: string): string {
	return `${list.length} ${noun}${list.length === 1 ? "" : "s"}`;
}
