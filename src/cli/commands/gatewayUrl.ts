/** Where the gateway listens that a command asks. */

import type { ListenAddress } from "../../process/control/socketPath.js";
import { configOf } from "../../settings/config/configOf.js";
import { readSettings, type Settings } from "../../settings/settings.js";
import { addressOf } from "./serve.js";

/** Base URL without a path, for clients. */
export async function gatewayUrl(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
): Promise<string> {
	const settings = await addressSettings(flags, environment);
	return addressOf(settings, settings.bindport);
}

/** By flags, environment and configuration file, of which only the address counts: its secrets may be elsewhere. */
export async function listenAddress(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
): Promise<ListenAddress> {
	const { bindip, bindport } = await addressSettings(flags, environment);
	return { bindip, port: bindport };
}

async function addressSettings(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
): Promise<Settings> {
	const file = await configOf(flags, environment);
	const { bindip, bindport } = file?.values ?? {};
	const isUnreadable = ({ where }: { where: string }) => !/:\d+:\d+/.test(where);
	const address = file && {
		...file,
		values: { bindip, bindport },
		problems: file.problems.filter(isUnreadable),
		routing: undefined,
	};
	return readSettings(flags, environment, address);
}
