/** What a user's plugin gets when it is loaded: its log and the contract, and none of the gateway's services. */
import { isLogged, jsonLine } from "../logging/log.js";
import { terminalBlock, terminalJson } from "../logging/terminalText.js";
import type { GatewayServices } from "../middleware/link.js";
import type { PluginContract, PluginLog, PluginTools } from "../plugin.js";
import type { LogLevel } from "../settings/settings.js";

type Services = Pick<GatewayServices, "settings" | "contract" | "print" | "log" | "complain">;

/** What plugins got before they had tools of their own, and what they use now. */
const formerServices: Readonly<Record<string, string>> = {
	settings: "declare what the plugin needs as its own `options`",
	print: "write `log.info(message)`",
	complain: "write `log.error(message)`",
	...Object.fromEntries(
		[
			...["upstreams", "defaultModel", "counter", "ledger", "states", "store", "keys", "passes", "keyUsage"],
			...[
				"prompts",
				"usage",
				"bodies",
				"prices",
				"metrics",
				"tracing",
				"load",
				"isDraining",
				"isLeaving",
				"isOrphaned",
			],
		].map((name) => [name, "it belongs to the gateway; docs/plugins.md has what a plugin may use"]),
	),
};

export function pluginTools(name: string, services: Services): PluginTools {
	const tools: PluginTools = { name, log: pluginLog(name, services), contract: pluginContract(services.contract) };
	for (const [former, advice] of Object.entries(formerServices))
		Object.defineProperty(tools, former, {
			get() {
				throw new Error(`a plugin does not get \`${former}\`: ${advice}`);
			},
		});
	return Object.freeze(tools);
}

function pluginLog(plugin: string, { settings, print, log, complain }: Services): PluginLog {
	const write = (level: LogLevel, message: string, fields: object = {}) => {
		if (!isLogged(level, settings.logLevel)) return;
		if (settings.logFormat === "json") {
			log(jsonLine(level, new Date(), message, { plugin, ...fields }));
			return;
		}
		const details = Object.keys(fields).length === 0 ? "" : ` ${terminalJson(fields)}`;
		const line = terminalBlock(`plugin ${plugin}: ${message}`) + details;
		if (level === "info") print(line);
		else complain(line);
	};
	return Object.freeze({
		info: (message: string, fields?: object) => write("info", message, fields),
		warn: (message: string, fields?: object) => write("warn", message, fields),
		error: (message: string, fields?: object) => write("error", message, fields),
	});
}

function pluginContract({ document, operations }: Services["contract"]): PluginContract {
	let copy: PluginContract["document"] | undefined;
	return Object.freeze({
		get document() {
			copy ??= structuredClone(document);
			return copy;
		},
		operations: Object.freeze(operations.map(({ id, method, path }) => Object.freeze({ id, method, path }))),
	});
}
