/** What commands of the same user and a running gateway say to each other: a JSON line asks, JSON lines answer. */
import type { Problem } from "../../errors/problem.js";
import type { Change } from "../../settings/diffSettings.js";
import type { Settings } from "../../settings/settings.js";
import type { ReloadOutcome } from "../reload.js";
import type { GatewayStatus } from "../status.js";

export const protocolVersion = 1;
export const maxRequestBytes = 4096;
export const maxReplyBytes = 64 * 1024 * 1024;
/** The gateway says at least this often that it still works on an answer, which may take long. */
export const heartbeatMs = 1_000;
/** Silence for so long means that the other side is stuck. */
export const silenceMs = 5_000;

export interface ControlResults {
	reload: ReloadOutcome;
	status: GatewayStatus;
	/** Those in force, with a short hash in place of each secret. */
	settings: Settings;
	/** What a reload would change, or what would keep it from that. */
	changes: { configFile: string | undefined } & ({ changes: Change[] } | { problems: readonly Problem[] });
	/** A pass for a command, in place of the administrator's credential. */
	pass: { credential: string };
	/** A link to the dashboard that signs in once. */
	link: { url: string };
}
export type ControlCommand = keyof ControlResults;

export interface ControlRequest {
	llmw: number;
	command: string;
}

/** A line without a result or an error says that there will be one. */
export interface ControlReply {
	llmw: number;
	result?: unknown;
	error?: string;
}
