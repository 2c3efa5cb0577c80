/** Gateways with limits, upstreams that report usage, and requests that wait until their reservation is settled. */
import { onTestFinished } from "vitest";
import { type LimitSettings, noLimits } from "../../src/settings/limitSettings.js";
import type { Routing } from "../../src/settings/routes.js";
import type { Settings } from "../../src/settings/settings.js";
import type { NewKey } from "../../src/store/keyTypes.js";
import { completion, type HostAnswer, sendJson, startAiHost, type TestHost } from "./aiHost.js";
import { hello, postChat, startGateway, type TestGateway, withoutRateLimit } from "./gateway.js";
import { addKey } from "./keys.js";

/** An upstream's answer that reports this many tokens. */
export function using(prompt_tokens: number, completion_tokens: number): HostAnswer {
	const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
	return (_request, response) => sendJson(response, { ...completion, usage });
}

export async function hostUsing(prompt = 10, output = 10): Promise<TestHost> {
	const host = await startAiHost(using(prompt, output));
	onTestFinished(() => host.close());
	return host;
}

export async function gatewayWith(
	host: TestHost,
	limits: Partial<LimitSettings> = {},
	more: { routing?: Routing; flags?: Record<string, unknown>; settings?: Partial<Settings> } = {},
): Promise<TestGateway> {
	const flags = { overlay: withoutRateLimit(), ...more.flags };
	const settings = { limits: { ...noLimits, ...limits }, ...more.settings };
	const gateway = await startGateway(host.url, flags, more.routing, settings);
	onTestFinished(() => gateway.stop());
	return gateway;
}

export async function ask(gateway: TestGateway, secret?: string, body: object = {}) {
	const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
	const response = await postChat(gateway.baseUrl, { ...hello, max_tokens: 10, ...body }, headers);
	const text = await response.text();
	// A reservation is settled when the response is closed, which is a moment after its last byte.
	await until(() => gateway.gateway.services.load.requests === 0);
	return { status: response.status, headers: response.headers, error: JSON.parse(text).error };
}

export async function until(isSo: () => boolean): Promise<void> {
	while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

export async function keyOf(gateway: TestGateway, given: Partial<NewKey>): Promise<string> {
	return (await addKey(gateway, given)).secret;
}
