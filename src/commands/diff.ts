/** `llmw diff`: what another configuration file would change. */
import { configOf } from "../contract/config/configOf.js";
import { describeChange, diffSettings } from "../contract/diffSettings.js";
import { collect, type Problem, Problems } from "../contract/problem.js";
import { readSettings, type Settings } from "../contract/settings.js";

/**
 * Prints a line for each difference between the settings of two files, with the same flags and environment.
 *
 * @returns how many there are
 * @throws Problems of either file
 */
export async function diffFiles(
	[before, after]: readonly [string, string],
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
	print: (line: string) => void,
): Promise<number> {
	const problems: Problem[] = [];
	const read = async (file: string) => {
		const ofFile = { ...flags, config: file };
		let settings: Settings | undefined;
		await collect(problems, async () => {
			settings = readSettings(ofFile, environment, await configOf(ofFile, environment));
		});
		return settings;
	};
	const [old, now] = [await read(before), await read(after)];
	if (!old || !now) throw new Problems(problems);
	const changes = diffSettings(old, now);
	for (const change of changes) print(describeChange(change));
	return changes.length;
}
