/** `llmw diff`: what another configuration file, or a reload, would change. */
import { resolve } from "node:path";
import { withOverlays } from "../../contract/withOverlays.js";
import { collect, type Problem, Problems } from "../../errors/problem.js";
import { askGateway } from "../../process/control/client.js";
import { configOf } from "../../settings/config/configOf.js";
import { type Change, describeChange, diffSettings, needsRestart } from "../../settings/diffSettings.js";
import { settingDefinitions } from "../../settings/settingDefinitions.js";
import { readSettings, type Settings } from "../../settings/settings.js";
import { listenAddress } from "./gatewayUrl.js";
import type { Output } from "./output.js";

type Flags = Readonly<Record<string, unknown>>;

/**
 * Prints a line for each difference between the settings of two files, with the same flags and environment.
 *
 * @returns the exit code: 1 where there are any
 * @throws Problems of either file
 */
export async function diffFiles(
	[before, after]: readonly [string, string],
	flags: Flags,
	environment: NodeJS.ProcessEnv,
	{ print, note }: Output,
): Promise<number> {
	const problems: Problem[] = [];
	const read = async (config: string) => {
		let settings: Settings | undefined;
		await collect(problems, async () => {
			settings = await settingsNow({ ...flags, config }, environment);
		});
		return settings;
	};
	const [old, now] = [await read(before), await read(after)];
	if (!old || !now) throw new Problems(problems);
	const covered = await coveredSettings([before, after], flags, environment);
	if (covered.length > 0)
		note(`note: with the flags and variables given here it makes no difference: ${covered.join(", ")}`);
	return printChanges(diffSettings(old, now), print);
}

/** Settings in which the files differ, but that flags or variables set for both. */
async function coveredSettings(
	[before, after]: readonly [string, string],
	flags: Flags,
	environment: NodeJS.ProcessEnv,
): Promise<string[]> {
	const [old, now] = [await configOf({ config: before }, environment), await configOf({ config: after }, environment)];
	const differ = (name: string) => JSON.stringify(old?.values[name]) !== JSON.stringify(now?.values[name]);
	return settingDefinitions()
		.filter(({ flag, environment: variable }) => flags[flag] !== undefined || Boolean(environment[variable]))
		.map(({ name }) => name)
		.filter(differ);
}

/**
 * Prints a line for each setting that a reload of the running gateway would change, as that gateway itself finds: it reads its
 * files again, with the flags and variables that it was started with.
 *
 * @returns the exit code: 1 where there are any
 * @throws Problems of the files, or when no gateway runs there
 */
export async function diffRunning(
	flags: Flags,
	environment: NodeJS.ProcessEnv,
	{ print, note }: Output,
): Promise<number> {
	const found = await askGateway(await listenAddress(flags, environment), "changes");
	const [given] = [flags.config ?? environment.LLMW_CONFIG].flat();
	const isOther = given !== undefined && given !== "" && resolve(String(given)) !== found.configFile;
	if (isOther) note(`note: the gateway there reads ${found.configFile ?? "no configuration file"}, and not ${given}`);
	const others = settingDefinitions().filter(({ flag, name }) => flags[flag] !== undefined && !address.includes(name));
	if (others.length > 0)
		note(
			`note: the gateway there has flags of its own; not looked at: ${others.map(({ flag }) => `--${flag}`).join(", ")}`,
		);
	if ("problems" in found) throw new Problems(found.problems);
	for (const change of found.changes.filter(needsRestart))
		note(`note: a reload does not change this: ${describeChange(change)}`);
	return printChanges(
		found.changes.filter((change) => !needsRestart(change)),
		print,
	);
}

/** What finds the gateway. */
const address: readonly string[] = ["bindip", "bindport", "config"];

function printChanges(changes: readonly Change[], print: Output["print"]): number {
	for (const change of changes) print(describeChange(change));
	return changes.length > 0 ? 1 : 0;
}

async function settingsNow(flags: Flags, environment: NodeJS.ProcessEnv): Promise<Settings> {
	return withOverlays(readSettings(flags, environment, await configOf(flags, environment)));
}
