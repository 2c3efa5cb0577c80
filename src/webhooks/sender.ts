/** Sends what webhooks are to be told, and sends it again until they have taken it. Any worker of any machine may: each message is one's at a time. */
import { messageOf } from "../errors/problem.js";
import { idleRecorder, type Recorder } from "../metrics/metricRecorder.js";
import type { WebhookSettings } from "../settings/webhookSettings.js";
import { StoreError } from "../store/store.js";
import type { DeliveryRecord, WebhookStore } from "../store/webhookTypes.js";
import { type PostResult, post } from "./post.js";
import { pauseAfter } from "./schedule.js";

/** How long nobody else sends a message that this worker has taken: longer than one attempt. */
const leaseMs = 30_000;
/** One receiver that doesn't answer holds up no more than these. */
const atOnce = 20;

export interface WebhookSender {
	/** Sends all that is due, now. */
	look(): void;
	/** Resolves when nothing is being sent. */
	settled(): Promise<void>;
}

export interface SenderOptions {
	readonly webhooks: readonly WebhookSettings[];
	readonly store: WebhookStore;
	readonly recorder?: Recorder | undefined;
	complain(line: string): void;
	/** Hears when the next message is due, in milliseconds since the epoch. */
	dueAt(at: number): void;
	readonly now?: () => number;
}

export function createWebhookSender(options: SenderOptions): WebhookSender {
	const { webhooks, store, recorder = idleRecorder, complain, dueAt, now = Date.now } = options;
	const byName = new Map(webhooks.map((webhook) => [webhook.name, webhook]));
	const names = [...byName.keys()];
	const sending = new Set<Promise<void>>();
	let running: Promise<void> | undefined;
	let isWanted = false;

	async function send(delivery: DeliveryRecord): Promise<void> {
		const { id, endpoint, type, createdAt } = delivery;
		const attempts = delivery.attempts + 1;
		const posted = await post(byName.get(endpoint) as WebhookSettings, delivery);
		const pauseMs = posted.isTaken ? undefined : pause(posted, attempts, createdAt);
		const state = posted.isTaken ? "delivered" : pauseMs === undefined ? "given_up" : "waiting";
		recorder.add("webhookAttempts", [endpoint, type, state === "waiting" ? "failed" : state]);
		if (state === "given_up")
			complain(`webhook ${endpoint}: ${type} (${id}) is given up after ${attempts} attempts (${posted.result})`);
		const nextAt = now() + (pauseMs ?? 0);
		await store.note(id, { state, result: posted.result, nextAt });
		if (pauseMs !== undefined) dueAt(nextAt);
	}

	function pause({ retryAfterMs }: PostResult, attempts: number, createdAt: number): number | undefined {
		return pauseAfter(attempts, now() - createdAt * 1000, retryAfterMs);
	}

	async function run(): Promise<void> {
		do {
			isWanted = false;
			const free = atOnce - sending.size;
			const taken = free <= 0 ? [] : await store.take(names, now() + leaseMs, free);
			for (const delivery of taken) track(send(delivery));
			// If this one dies, somebody looks when its hold on them ends.
			if (taken.length > 0) dueAt(now() + leaseMs);
			if (taken.length > 0 && taken.length === free) isWanted = true;
			if (sending.size >= atOnce) await Promise.race(sending);
		} while (isWanted);
	}

	function track(work: Promise<void>): void {
		const tracked = work.catch(report).finally(() => sending.delete(tracked));
		sending.add(tracked);
	}

	/** The store itself says what is wrong with it; the message is somebody's again when its time comes. */
	function report(error: unknown): void {
		if (!(error instanceof StoreError)) complain(`webhooks: ${messageOf(error)}`);
	}

	return {
		look() {
			if (names.length === 0) return;
			isWanted = true;
			running ??= run()
				.catch(report)
				.finally(() => {
					running = undefined;
				});
		},
		async settled() {
			await running;
			await Promise.allSettled([...sending]);
		},
	};
}
