/** `llmw diff`: what another configuration file, or a reload, would change. */
import { configOf } from "../contract/config/configOf.js";
import { describeChange, diffSettings } from "../contract/diffSettings.js";
import { namesOfOverlays } from "../contract/overlay.js";
import { collect, type Problem, Problems } from "../contract/problem.js";
import { readSettings, type Settings } from "../contract/settings.js";
import { askGateway } from "../control/client.js";
import { settingsWithoutSecrets } from "../control/legibleSettings.js";

type Flags = Readonly<Record<string, unknown>>;
type Print = (line: string) => void;

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
	print: Print,
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
	return printChanges(old, now, print);
}

/**
 * Prints a line for each difference between the settings that the running gateway has and those that these flags, this
 * environment and the files as they are now give.
 *
 * @returns the exit code: 1 where there are any
 * @throws Problems of the files, or when no gateway runs there
 */
export async function diffRunning(flags: Flags, environment: NodeJS.ProcessEnv, print: Print): Promise<number> {
	const now = await settingsNow(flags, environment);
	const running = await askGateway({ bindip: now.bindip, port: now.bindport }, "settings");
	return printChanges(running, settingsWithoutSecrets(now), print);
}

function printChanges(before: Settings, after: Settings, print: Print): number {
	const changes = diffSettings(before, after);
	for (const change of changes) print(describeChange(change));
	return changes.length > 0 ? 1 : 0;
}

/** With what stands in overlay files, as the primary reads them for its workers. */
async function settingsNow(flags: Flags, environment: NodeJS.ProcessEnv): Promise<Settings> {
	const settings = readSettings(flags, environment, await configOf(flags, environment));
	if (namesOfOverlays(settings).length === 0) return settings;
	const { readOverlays } = await import("../contract/overlaysInForce.js");
	return { ...settings, overlayDocuments: readOverlays(settings) };
}
