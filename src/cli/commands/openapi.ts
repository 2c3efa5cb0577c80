/** `llmw openapi`: prints the contract in force. */
import { stringify } from "yaml";
import type { Settings } from "../../settings/settings.js";
import { build } from "./check.js";

/** @throws Problems where the gateway would not start with it. */
export async function printContract(settings: Settings, asJson: boolean): Promise<void> {
	const { document } = (await build(settings)).services.contract;
	process.stdout.write(asJson ? `${JSON.stringify(document, null, 2)}\n` : stringify(document));
}
