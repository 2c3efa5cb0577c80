/** The gateway's own parts in a test's plugin, which gets none: it takes them from a link of the gateway as that is made. */

const limits = new URL("../../dist/middleware/limits.js", import.meta.url).href;

/** To stand at the beginning of a plugin's text, which then has `services()` for its requests. */
export const servicesInPlugin = `
	import { limits } from ${JSON.stringify(limits)};
	const makeLimits = limits.middleware;
	limits.middleware = (gateway) => {
		globalThis.gatewayServices = gateway;
		return makeLimits(gateway);
	};
	const services = () => globalThis.gatewayServices;
`;

/** For a gateway in this process. */
export function shareServices(services: unknown): void {
	(globalThis as { gatewayServices?: unknown }).gatewayServices = services;
}
