/** Puts together what generates responses in the background, and tells webhooks of them. */
import { Background } from "../background/background.js";
import type { BackgroundPort } from "../background/worker.js";
import type { GatewayServices } from "../middleware/link.js";
import { createWebhookSender } from "../webhooks/sender.js";

export function createBackground(services: Omit<GatewayServices, "background">, port: BackgroundPort): Background {
	const { settings, store, keys, replays, inner, metrics, complain } = services;
	const recorder = metrics?.recorder;
	const sender = createWebhookSender({
		webhooks: settings.webhooks,
		store: store.webhooks,
		recorder,
		complain,
		dueAt: port.due,
	});
	return new Background({ settings, store, keys, replays, inner, port, sender, recorder, complain });
}
