/** Sends one message to one webhook. */

import type { WebhookSettings } from "../settings/webhookSettings.js";
import type { NewDelivery } from "../store/webhookTypes.js";
import { version } from "../version.js";
import { messageText } from "./message.js";
import { signedHeaders } from "./signature.js";

/** A receiver is to take a message first, and act on it then. */
const timeoutMs = 15_000;
/** So much of an answer is read that its connection ends well. */
const maxAnswerBytes = 64 * 1024;

export interface PostResult {
	readonly isTaken: boolean;
	/** A status, or why there is none. Nothing of what was sent or of the URL. */
	readonly result: string;
	/** The pause that the receiver asks for. */
	readonly retryAfterMs: number | undefined;
}

/** Never throws: whatever goes wrong is the result. A redirect is a refusal, since nobody has said that it may be followed. */
export async function post({ url, secret }: WebhookSettings, delivery: NewDelivery): Promise<PostResult> {
	const { default: fetch } = await import("node-fetch");
	const body = messageText(delivery);
	try {
		const response = await fetch(url, {
			method: "POST",
			redirect: "manual",
			signal: AbortSignal.timeout(timeoutMs),
			size: maxAnswerBytes,
			headers: {
				"content-type": "application/json",
				"user-agent": `llmgw/${version}`,
				...signedHeaders(delivery.id, body, secret, Date.now()),
			},
			body,
		});
		const retryAfterMs = retryAfter(response.headers.get("retry-after"));
		await response.arrayBuffer().catch(() => {});
		return { isTaken: response.ok, result: String(response.status), retryAfterMs };
	} catch (error) {
		return { isTaken: false, result: reasonOf(error), retryAfterMs: undefined };
	}
}

/** Messages of errors may have the URL in them. */
function reasonOf(error: unknown): string {
	const { name, code, type } = error as { name?: string; code?: unknown; type?: unknown };
	if (name === "AbortError" || name === "TimeoutError") return "timeout";
	return typeof code === "string" ? code : typeof type === "string" ? type : "failed";
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfter(value: string | null): number | undefined {
	if (value === null) return undefined;
	const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
	return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
