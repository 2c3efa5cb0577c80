/** `llmw health`: whether the gateway that runs here is alive, wherever it was told to listen. */
import { get } from "node:http";
import { messageOf, Problems } from "../../errors/problem.js";
import { runningGateways } from "../../process/control/client.js";
import type { ListenAddress } from "../../process/control/socketPath.js";
import { addressOf } from "./serve.js";

const timeoutMs = 3_000;

/**
 * @param configured the address in the settings
 * @param isNamed the command line names the address, so no other gateway is meant
 * @returns a line for people
 * @throws Problems when it is not, or none is found
 */
export async function health(configured: ListenAddress, isNamed: boolean): Promise<string> {
	const { bindip, port } = isNamed ? configured : await theOneThatRuns(configured);
	const url = `${addressOf({ bindip }, port)}/healthz`;
	try {
		const status = await statusOf(url);
		if (status !== 200) throw new Error(`answered with ${status}`);
	} catch (error) {
		throw new Problems([{ where: url, message: messageOf(error) }]);
	}
	return `alive: ${url}`;
}

/** A process that was started with other flags than this one is found by its control socket. */
async function theOneThatRuns(configured: ListenAddress): Promise<ListenAddress> {
	const running = await runningGateways();
	const bindips = [configured.bindip, "0.0.0.0", "::"];
	const isThere = running.some(({ bindip, port }) => port === configured.port && bindips.includes(bindip));
	// Without a control socket there may be one all the same.
	if (isThere || running.length === 0) return configured;
	const [only, ...others] = running as [ListenAddress, ...ListenAddress[]];
	if (others.length === 0) return only;
	const all = running.map(({ bindip, port }) => `${bindip}:${port}`).join(", ");
	throw new Problems([{ where: "health", message: `several gateways run here (${all}); use --bindport` }]);
}

function statusOf(url: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const request = get(url, { agent: false, timeout: timeoutMs }, (response) => {
			response.resume();
			resolve(response.statusCode ?? 0);
		});
		request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
		request.on("error", reject);
	});
}
