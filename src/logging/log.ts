/** What the gateway says of itself, as text for people or as lines of JSON for machines, from a level on. */
import type { LogFormat, LogLevel, Settings } from "../settings/settings.js";
import type { Output } from "./output.js";
import { terminalBlock } from "./terminalText.js";

const order: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** Whether what has this level is logged where `least` is the least that is. */
export function isLogged(level: LogLevel, least: LogLevel): boolean {
	return order.indexOf(level) <= order.indexOf(least);
}

/** A line of a log in JSON; members without a value are left out. */
export function jsonLine(level: LogLevel, time: Date, message: string, fields: object = {}): string {
	return JSON.stringify({ level, time: time.toISOString(), msg: message, ...fields });
}

export interface Log {
	/** These settings hold from now on. */
	follow(settings: Pick<Settings, "logFormat" | "logLevel">): void;
	/** A line or a block of lines for the operator. */
	print(block: string): void;
	/** A complaint. */
	complain(block: string): void;
	/** A line that is JSON already, of a level that is logged. */
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
			// Errors of upstreams and plugins stand in it, in their own words. What is printed, in colours, has been seen to.
			const legible = terminalBlock(block);
			stderr.write(format === "json" ? jsonLine("error", now(), legible) : `llmw: ${legible}`);
		},
		line: (json) => stdout.write(json),
	};
}
