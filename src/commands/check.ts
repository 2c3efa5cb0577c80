/** `llmw check`: finds what is wrong with settings, overlays and plugins without starting anything. */
import { chainInForce } from "../chain.js";
import { collect, type Problem, Problems } from "../contract/problem.js";
import { readOverlay } from "../contract/readOverlay.js";
import type { inspectSettings, Settings } from "../contract/settings.js";
import { createGateway } from "../gateway.js";
import { WindowCounter } from "../limits/counter.js";
import { loadPlugins } from "../loadPlugins.js";

/** @throws Problems with everything that was found. */
export async function check({ settings, problems: inSettings }: ReturnType<typeof inspectSettings>): Promise<void> {
	const problems: Problem[] = [...inSettings];
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

function count(list: readonly unknown[], noun: string): string {
	return `${list.length} ${noun}${list.length === 1 ? "" : "s"}`;
}
