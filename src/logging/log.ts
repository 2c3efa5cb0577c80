/** The gateway's log, as text for people or as lines of JSON for machines, from a level on. */
import type { LogFormat, LogLevel, Settings } from "../settings/settings.js";
import type { Output } from "./output.js";
import { terminalBlock } from "./terminalText.js";

const order: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** Whether a message of this level is logged if `least` is the configured level. */
export function isLogged(level: LogLevel, least: LogLevel): boolean {
	return order.indexOf(level) <= order.indexOf(least);
}

/** @returns a line of the JSON log; undefined members are left out */
export function jsonLine(level: LogLevel, time: Date, message: string, fields: object = {}): string {
	return JSON.stringify({ level, time: time.toISOString(), msg: message, ...fields });
}

export interface Log {
	/** Applies these settings from now on. */
	follow(settings: Pick<Settings, "logFormat" | "logLevel">): void;
	/** Writes a line or a block of lines for the operator. */
	print(block: string): void;
	/** Writes an error. */
	complain(block: string): void;
	/** Writes a line that is JSON already, whose level the caller has checked. */
	line(json: string): void;
}

export function createLog(stdout: Pick<Output, "write">, stderr: Pick<Output, "write">, now = () => new Date()): Log {
	let format: LogFormat = "text";
	let least: LogLevel = "info";
	return {
		follow({ logFormat, logLevel }) {
			format = logFormat;
			least = logLevel;
		},
		print(block) {
			if (isLogged("info", least)) stdout.write(format === "json" ? jsonLine("info", now(), block) : block);
		},
		complain(block) {
			// May contain messages of upstreams and plugins. Text for `print` is coloured and has been cleaned by its callers.
			const legible = terminalBlock(block);
			stderr.write(format === "json" ? jsonLine("error", now(), legible) : `llmw: ${legible}`);
		},
		line: (json) => stdout.write(json),
	};
}
