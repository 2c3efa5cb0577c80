/** What webhooks are told, as the store keeps it until they have heard it. */
import type { Listed, Page } from "./page.js";

export interface NewDelivery {
	/** The message's id, `wh_` and letters and digits: the same at each attempt. */
	id: string;
	/** The name of the endpoint in the configuration. */
	endpoint: string;
	/** `evt_` and letters and digits: the same at all endpoints. */
	eventId: string;
	/** `response.completed` and others. */
	type: string;
	/** The id of what it is about. */
	subject: string;
	/** Seconds since the epoch. */
	createdAt: number;
}

export type DeliveryState = "waiting" | "delivered" | "given_up";

export interface DeliveryRecord extends NewDelivery {
	state: DeliveryState;
	/** How often it was sent. */
	attempts: number;
	/** When it is sent next, in milliseconds since the epoch; what that means when it is over is undefined. */
	nextAt: number;
	/** How the last attempt went: `200`, `ECONNREFUSED`, `timeout`. */
	lastResult: string | undefined;
}

export interface DeliveryResult {
	state: DeliveryState;
	result: string;
	nextAt: number;
}

export interface WebhookStore {
	add(deliveries: readonly NewDelivery[]): Promise<void>;
	/** Takes some for these endpoints that are due: nobody else gets them before `leaseUntil`. */
	take(endpoints: readonly string[], leaseUntil: number, limit: number): Promise<DeliveryRecord[]>;
	/** One attempt is over. */
	note(id: string, result: DeliveryResult): Promise<void>;
	/** @returns when the next one for these endpoints is due, in milliseconds since the epoch; undefined if none waits */
	nextAt(endpoints: readonly string[]): Promise<number | undefined>;
	/** The latest first, unless asked otherwise. @throws StoreError `not_found` if there is none `after` */
	list(page: Page & { state?: DeliveryState | undefined }): Promise<Listed<DeliveryRecord>>;
	/** Has one sent again, from now on with all its attempts. @throws StoreError `not_found` */
	retry(id: string): Promise<DeliveryRecord>;
	/** Removes those that are this old, also those for endpoints that nobody knows any more. @returns how many */
	retain(maxAgeMs: number): Promise<number>;
}
