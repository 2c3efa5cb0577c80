/** The pass that commands show a gateway of this user on this machine, instead of the administrator's credential. */

import { askGateway } from "../../process/control/client.js";
import { isLoopbackName } from "../../settings/loopback.js";

/**
 * A pass from the control socket of the gateway that listens there; undefined where none of this user runs.
 *
 * @param baseUrl where the command goes with it
 * @param isNamed the URL was given, and not made of `--bindip`: then it has to mean this machine, since a pass is for it alone
 */
export async function localPass(
	baseUrl: string,
	isNamed: boolean,
	environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
	const { protocol, hostname, port } = new URL(baseUrl);
	if (protocol !== "http:" || (isNamed && !isLoopbackName(hostname))) return undefined;
	const bare = hostname.replace(/^\[(.+)\]$/, "$1");
	const bindips = isLoopbackName(hostname) ? [bare, "127.0.0.1", "::1", "localhost"] : [bare];
	for (const bindip of new Set(bindips)) {
		const address = { bindip, port: Number(port || 80) };
		const answer = await askGateway(address, "pass", environment).catch(() => undefined);
		if (answer !== undefined) return answer.credential;
	}
	return undefined;
}
