/** The protocol of the control socket, for commands of the same user: the request is a JSON line, the answer JSON lines. */
import type { Problem } from "../../errors/problem.js";
import type { Change } from "../../settings/diffSettings.js";
import type { Settings } from "../../settings/settings.js";
import type { ReloadOutcome } from "../reload.js";
import type { GatewayStatus } from "../status.js";

export const protocolVersion = 1;
export const maxRequestBytes = 4096;
export const maxReplyBytes = 64 * 1024 * 1024;
/** While a long answer is prepared, the gateway sends a sign of life at least this often. */
export const heartbeatMs = 1_000;
/** After silence this long the other side counts as stuck. */
export const silenceMs = 5_000;

export interface ControlResults {
	reload: ReloadOutcome;
	status: GatewayStatus;
	/** The settings in force, with a short hash in place of each secret. */
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

/** A line with neither a result nor an error is a sign of life: one of them will follow. */
export interface ControlReply {
	llmw: number;
	result?: unknown;
	error?: string;
}
