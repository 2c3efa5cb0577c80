/** Sets an agent up as users do: by the built `llmw connect`. */

import { type Agent, bareEnvironment, type Folders } from "./agents.js";
import { runCli } from "./gatewayProcess.js";

/** @throws Error with what it printed, if it failed */
export async function connect({ command, model }: Agent, url: string, key: string, folders: Folders): Promise<void> {
	const args = ["connect", command, "--url", url, "--key", key, "--model", model, "--write", "--yes", "--skip-test"];
	const { code, printed } = await runCli(args, bareEnvironment(folders));
	if (code !== 0) throw new Error(`llmw connect ${command} ended with ${code}:\n${printed}`);
}
