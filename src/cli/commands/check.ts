/** `llmw check` and `llmw chain`: the gateway as settings, overlays and plugins make it, without starting it. */

import { namesOfOverlays } from "../../contract/namesOfOverlays.js";
import { readOverlays } from "../../contract/overlaysInForce.js";
import { collect, type Problem, Problems } from "../../errors/problem.js";
import { createGateway, type Gateway } from "../../gateway/gateway.js";
import { loadPlugins } from "../../gateway/loadPlugins.js";
import { createLocalKeys } from "../../keys/worker.js";
import { createLocalLimits } from "../../limits/localLimits.js";
import { closest } from "../../settings/closest.js";
import { unusedUpstreams } from "../../settings/config/inspectRoutes.js";
import { connectionShortages } from "../../settings/connectionRoom.js";
import { openFilesLimit } from "../../settings/processLimits.js";
import type { inspectSettings, Settings } from "../../settings/settings.js";
import { openTracing } from "../../tracing/openTracing.js";
import { createLocalHealth } from "../../upstream/health/worker.js";

/** @throws Problems with everything that was found. */
export async function check(
	{ settings, problems: inSettings }: ReturnType<typeof inspectSettings>,
	print: (text: string) => void,
): Promise<void> {
	const problems: Problem[] = [...inSettings];
	await collect(problems, () => loadPlugins(settings.plugins));
	await collect(problems, () => readOverlays(settings));
	if (problems.length === 0) await collect(problems, () => build(settings));
	if (problems.length > 0) throw new Problems(problems);
	for (const shortage of connectionShortages(settings, openFilesLimit())) note(shortage);
	for (const name of unusedUpstreams(settings.routing)) note(`no route leads to the upstream ${name}`);
	const { upstreams, routes } = settings.routing;
	const file =
		settings.configFile === undefined
			? ""
			: ` ${settings.configFile} (${count(upstreams, "upstream")}, ${count(routes, "route")}${limitsOf(settings)}),`;
	const named = settings.contracts === undefined ? "" : ` (${settings.contracts.join(", ")})`;
	print(
		`Good: settings,${file} contract, ${count(namesOfOverlays(settings), "overlay")}${named}, ${count(settings.plugins, "plugin")}.`,
	);
}

/** Notes on stderr that a variable means nothing: it may be misspelt, and then a default holds in its place. */
export function noteVariables(environment: NodeJS.ProcessEnv, known: readonly string[]): void {
	for (const name of Object.keys(environment)) {
		if (!name.startsWith("LLMW_") || known.includes(name)) continue;
		const meant = closest(name, known);
		const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
		note(`no setting has the variable ${name}${hint}`);
	}
}

export function note(text: string): void {
	process.stderr.write(`llmw: note: ${text}\n`);
}

/** `llmw chain`: the plugins a request passes, in their order. */
export async function printChain(settings: Settings): Promise<void> {
	const { chain, plugins } = await build(settings);
	const print = (stage: string, name: string, source: string) =>
		console.log(`${stage.padEnd(15)}${name.padEnd(20)}${source}`);
	for (const { stage, plugin, source } of chain) print(stage, plugin.name, source);
	for (const { plugin, source } of plugins) if (plugin.handlers) print("handler", plugin.name, source);
	print("handler", "(the operation's)", "built in");
}

/** Everything that starting would compile. @throws Problems as starting would */
export async function build(settings: Settings): Promise<Gateway> {
	const tracing = await openTracing(process.env, () => {});
	const gateway = await createGateway(settings, {
		...createLocalLimits(),
		states: createLocalHealth(settings.routing.upstreams),
		keys: createLocalKeys(),
		isDraining: () => false,
		isOrphaned: () => false,
		print: () => {},
		complain: () => {},
		tracing,
	});
	await Promise.all([gateway.close(), tracing?.close()]);
	return gateway;
}

/** Nothing where there are none. */
function limitsOf({ limits, routing }: Settings): string {
	const { keys, clients, teams, organisations, models } = limits;
	const sets = [keys, clients, ...[teams, organisations, models].flatMap((named) => Object.values(named))];
	const all = [...sets, ...routing.upstreams.map((upstream) => upstream.limits ?? {})].flatMap(Object.keys);
	return all.length === 0 ? "" : `, ${count(all, "limit")}`;
}

function count(list: readonly unknown[], noun: string): string {
	return `${list.length} ${noun}${list.length === 1 ? "" : "s"}`;
}
