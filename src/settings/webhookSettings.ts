/** Webhooks: who is told of what, and by which secret its messages are signed. */

export const webhookEvents = [
	"response.completed",
	"response.incomplete",
	"response.failed",
	"response.cancelled",
	"batch.completed",
	"batch.failed",
	"batch.expired",
	"batch.cancelled",
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

export interface WebhookSettings {
	readonly name: string;
	/** May hold a secret itself: never shown. */
	readonly url: string;
	readonly secret: string;
	readonly events: readonly WebhookEvent[];
	/** Patterns of routes, and of keys' names and teams; undefined for all. */
	readonly routes: readonly string[] | undefined;
	readonly keys: readonly string[] | undefined;
	readonly teams: readonly string[] | undefined;
}
