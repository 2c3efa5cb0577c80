/** `llmw openapi`: prints the contract in force. */
import { stringify } from "yaml";
import type { Settings } from "../contract/settings.js";
import { documentFor } from "../gateway.js";
import { loadPlugins } from "../loadPlugins.js";

export async function printContract(settings: Settings, asJson: boolean): Promise<void> {
	const document = await documentFor(settings, await loadPlugins(settings.plugins));
	process.stdout.write(asJson ? `${JSON.stringify(document, null, 2)}\n` : stringify(document));
}
