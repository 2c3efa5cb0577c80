/** Signs what webhooks are told, as Standard Webhooks has it (standardwebhooks.com, §Signature scheme), and OpenAI with it. */
import { createHmac } from "node:crypto";

const prefix = "whsec_";

/** The headers by which a receiver knows who has sent a message, and whether it has seen it before. */
export interface SignedHeaders {
	"webhook-id": string;
	/** Seconds since the epoch. */
	"webhook-timestamp": string;
	"webhook-signature": string;
}

/** @param nowMs milliseconds since the epoch: receivers refuse old signatures, so that each attempt has its own */
export function signedHeaders(id: string, body: string, secret: string, nowMs: number): SignedHeaders {
	const timestamp = String(Math.floor(nowMs / 1000));
	const key = secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), "base64") : Buffer.from(secret);
	const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
	return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
