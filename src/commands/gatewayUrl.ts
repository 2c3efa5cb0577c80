/** Where the gateway listens that a command asks. */
import { configOf } from "../contract/config/configOf.js";
import { readSettings } from "../contract/settings.js";
import { addressOf } from "./serve.js";

/** By flags, environment and configuration file, of which only the address counts: its secrets may be elsewhere. */
export async function gatewayUrl(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
): Promise<string> {
	const file = await configOf(flags, environment);
	const { bindip, bindport } = file?.values ?? {};
	const isUnreadable = ({ where }: { where: string }) => !/:\d+:\d+/.test(where);
	const address = file && {
		...file,
		values: { bindip, bindport },
		problems: file.problems.filter(isUnreadable),
		routing: undefined,
	};
	const settings = readSettings(flags, environment, address);
	return addressOf(settings, settings.bindport);
}
