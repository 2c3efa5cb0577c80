/** Puts together what generates responses in the background and runs batches, and tells webhooks of both. */
import { Background } from "../background/background.js";
import type { BackgroundPort } from "../background/worker.js";
import { Batches } from "../batches/batches.js";
import type { GatewayServices } from "../middleware/link.js";
import { createWebhookSender } from "../webhooks/sender.js";

type Made = Pick<GatewayServices, "background" | "batches">;

export function createBackground(services: Omit<GatewayServices, keyof Made>, port: BackgroundPort): Made {
	const { settings, store, keys, replays, inner, metrics, load, lines, files, complain } = services;
	const recorder = metrics?.recorder;
	const sender = createWebhookSender({
		webhooks: settings.webhooks,
		store: store.webhooks,
		recorder,
		complain,
		dueAt: port.due,
	});
	const both = { settings, store, keys, inner, port, sender, recorder, complain };
	return {
		background: new Background({ ...both, replays }),
		batches: new Batches({ ...both, load, lines, files }),
	};
}
