/** Which webhooks are told of an event, and in which words. */
import { compilePatterns } from "../settings/pattern.js";
import type { WebhookEvent, WebhookSettings } from "../settings/webhookSettings.js";
import { newId, newTimedId } from "../store/newId.js";
import type { NewDelivery } from "../store/webhookTypes.js";

/** Something that webhooks may be told of. */
export interface Happening {
	readonly type: WebhookEvent;
	/** The response's id. */
	readonly subject: string;
	readonly route: string | undefined;
	/** The name and the team of the key that has asked for it; undefined if it was nobody's. */
	readonly key: string | undefined;
	readonly team: string | undefined;
}

/** @returns a message for each webhook that wants to hear of it */
export function deliveriesOf(
	webhooks: readonly WebhookSettings[],
	happening: Happening,
	nowMs = Date.now(),
): NewDelivery[] {
	const wanted = webhooks.filter((webhook) => wants(webhook, happening));
	if (wanted.length === 0) return [];
	const { type, subject } = happening;
	const eventId = newId("evt_", 32);
	const createdAt = Math.floor(nowMs / 1000);
	return wanted.map(({ name }) => ({ id: newTimedId("wh_", 32), endpoint: name, eventId, type, subject, createdAt }));
}

function wants({ events, routes, keys, teams }: WebhookSettings, { type, route, key, team }: Happening): boolean {
	return events.includes(type) && isAmong(routes, route) && isAmong(keys, key) && isAmong(teams, team);
}

function isAmong(patterns: readonly string[] | undefined, name: string | undefined): boolean {
	return patterns === undefined || (name !== undefined && compilePatterns(patterns)(name));
}

/** The same bytes at each attempt. */
export function messageText({ eventId, type, subject, createdAt }: NewDelivery): string {
	return JSON.stringify({ id: eventId, object: "event", created_at: createdAt, type, data: { id: subject } });
}
