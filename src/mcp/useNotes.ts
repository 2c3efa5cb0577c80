/** Notes of what MCP servers were asked: in the log, in metrics, in the request's trace and in the audit. Never what was said. */
import { type AuditServices, noteInAudit } from "../exchange/auditNote.js";
import type { Exchange } from "../exchange/exchange.js";
import { isLogged, jsonLine } from "../logging/log.js";
import { terminalBlock } from "../logging/terminalText.js";
import { idleRecorder, type Recorder } from "../metrics/metricRecorder.js";
import type { Settings } from "../settings/settings.js";
import type { ServerUse } from "./toolRunner.js";

export interface NoteServices extends AuditServices {
	readonly settings: Pick<Settings, "logFormat" | "logLevel" | "verbose" | "mcp">;
	readonly recorder: Recorder | undefined;
	log(line: string): void;
	print(block: string): void;
}

/** Limit of names that servers choose. */
const maxName = 128;

export class UseNotes {
	readonly #services: NoteServices;

	constructor(services: NoteServices) {
		this.#services = services;
	}

	note(exchange: Exchange, use: ServerUse): void {
		const { recorder = idleRecorder, settings } = this.#services;
		const { server, operation, outcome, startedMs, endedMs } = use;
		recorder.add("mcpRequests", [server.name, operation, outcome]);
		recorder.observe("mcpSeconds", [server.name, operation], (endedMs - startedMs) / 1000);
		exchange.trace?.serverUse({ ...use, server: server.name, host: server.url });
		this.#log(exchange, use);
		if (operation === "call" && settings.mcp?.audit)
			void noteInAudit(this.#services, exchange, "mcp.called", calledOf(use));
	}

	#log(exchange: Exchange, use: ServerUse): void {
		const { settings, log, print } = this.#services;
		const fields = fieldsOf(exchange, use);
		if (settings.logFormat === "json") {
			const level = use.outcome === "completed" || use.outcome === "cancelled" ? "info" : "warn";
			if (isLogged(level, settings.logLevel)) log(jsonLine(level, new Date(), "mcp", fields));
		} else if (settings.verbose) {
			const { operation, server, tool, outcome, duration_ms: ms } = fields;
			const words = ["mcp", operation, server, tool, outcome, `${ms} ms`].filter((word) => word !== undefined);
			print(terminalBlock(`${words.join(" ")}\n`));
		}
	}
}

function calledOf({ server, tool, outcome, argumentsHash }: ServerUse) {
	return { server: server.name, tool: tool?.slice(0, maxName), outcome, arguments_sha256: argumentsHash };
}

function fieldsOf({ id, caller }: Exchange, { server, operation, tool, outcome, startedMs, endedMs }: ServerUse) {
	return {
		request_id: id,
		server: server.name,
		host: server.url.host,
		operation,
		tool: tool?.slice(0, maxName),
		outcome,
		duration_ms: Math.round((endedMs - startedMs) * 10) / 10,
		key: caller?.keyName,
	};
}
