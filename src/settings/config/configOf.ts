/** The configuration file that flags or the environment name, if any. */
import type { ConfigFile } from "./configFile.js";

/** Reads the file again each time. What is wrong with it is in `problems`, for `readSettings` to report. */
export async function configOf(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
): Promise<ConfigFile | undefined> {
	const file = [flags.config].flat().at(-1) ?? environment.LLMW_CONFIG;
	if (typeof file !== "string" || file === "") return undefined;
	// The YAML library is loaded only for those who have a file.
	const { readConfig } = await import("./readConfig.js");
	return readConfig(file, environment);
}
