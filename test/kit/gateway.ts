/** A gateway in this process, on an ephemeral loopback port: everything but the worker processes. */
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ErrorEnvelope } from "../../src/errors/gatewayError.js";
import { createGateway, type Gateway, type Surroundings } from "../../src/gateway/gateway.js";
import { createGatewayServer } from "../../src/gateway/httpServer.js";
import { createPrimaryPasses, type PrimaryPasses } from "../../src/keys/passes/primary.js";
import { createPasses } from "../../src/keys/passes/worker.js";
import { createLocalKeys } from "../../src/keys/worker.js";
import { createLocalLimits } from "../../src/limits/localLimits.js";
import type { Routing } from "../../src/settings/routes.js";
import { readSettings, type Settings } from "../../src/settings/settings.js";
import { createLocalHealth } from "../../src/upstream/health/worker.js";
import { shareServices } from "./services.js";
import { temporaryFolder } from "./thisFile.js";

export { temporaryFolder };

export interface TestGateway {
	url: string;
	/** The URL with `/v1`, for SDKs. */
	baseUrl: string;
	port: number;
	gateway: Gateway;
	/** The gateway's control interface for its own user. */
	passes: PrimaryPasses;
	/** Output of `--verbose` and of internal failures. */
	printed: string[];
	stop(): Promise<void>;
}

/** Flags of the gateways' store, for tests that run with each kind of store (`overBothGateways`). */
export const storeInForce: { flags(): Promise<Record<string, string>> } = { flags: async () => ({}) };

/** Flags as on the command line, without their dashes. The rate limit is counted for this gateway alone. */
export async function startGateway(
	aihost: string,
	flags: Record<string, unknown> = {},
	routing?: Routing,
	more: Partial<Settings> = {},
	surroundings: Partial<Surroundings> = {},
): Promise<TestGateway> {
	const data = temporaryFolder();
	const given = readSettings({ aihost, bindport: "0", data, ...(await storeInForce.flags()), ...flags }, {});
	const settings = { ...given, routing: routing ?? withShortBackoff(given.routing), ...more };
	const printed: string[] = [];
	const keys = createLocalKeys();
	const passes = createPrimaryPasses("tester");
	const gateway = await createGateway(settings, {
		...createLocalLimits(),
		states: createLocalHealth(settings.routing.upstreams),
		keys,
		passes: createPasses(passes.secret, async (link) => passes.spend(link)),
		isDraining: () => false,
		isOrphaned: () => false,
		print: (block) => void printed.push(block),
		complain: (block) => void printed.push(block),
		...surroundings,
	});
	shareServices(gateway.services);
	keys.readFrom(gateway.services.store.keys);
	const server = await createGatewayServer(gateway, settings);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const url = `http://127.0.0.1:${port}`;
	return {
		url,
		baseUrl: `${url}/v1`,
		port,
		gateway,
		passes,
		printed,
		async stop() {
			server.closeAllConnections();
			await Promise.all([new Promise((resolve) => server.close(resolve)), gateway.close()]);
			rmSync(data, { recursive: true, force: true });
		},
	};
}

/** A test waits no longer than it must for the attempt after one that has failed. */
function withShortBackoff(routing: Routing): Routing {
	const routes = routing.routes.map((route) => ({ ...route, retry: { ...route.retry, ...shortBackoff } }));
	return { ...routing, routes };
}

export const shortBackoff = { firstBackoffMs: 10, maxBackoffMs: 50 };

/** Like `startGateway`, and stopped when the test ends. */
export async function gatewayFor(host: { url: string }, flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const gateway = await startGateway(host.url, flags);
	onTestFinished(() => gateway.stop());
	return gateway;
}

/** Creates a file with this text, in a new folder. @returns its path */
export function temporaryFile(name: string, text: string): string {
	const file = join(temporaryFolder(), name);
	writeFileSync(file, text);
	return file;
}

/** An overlay without rate limit. */
export function withoutRateLimit(): string {
	return new URL("../../overlays/no-rate-limit.yaml", import.meta.url).pathname;
}

/** An overlay without the contract's own defaults, like OpenAI's API, and without rate limit. */
export function openAiOverlay(): string[] {
	return [new URL("../../overlays/openai.yaml", import.meta.url).pathname, withoutRateLimit()];
}

export function postChat(baseUrl: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
	return fetch(`${baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
	});
}

export const hello = { messages: [{ role: "user", content: "Hello AI" }] };

export async function jsonOf<T>(response: Response): Promise<T> {
	return (await response.json()) as T;
}

/** The content of the error envelope. */
export async function errorOf(response: Response): Promise<ErrorEnvelope["error"]> {
	return (await jsonOf<ErrorEnvelope>(response)).error;
}
