/** What responses in the background need of the gateway. */
import type { Accept } from "../exchange/innerRequest.js";
import type { Keys } from "../keys/worker.js";
import type { Recorder } from "../metrics/metricRecorder.js";
import type { Replays } from "../replay/worker.js";
import type { Settings } from "../settings/settings.js";
import type { Store } from "../store/store.js";
import type { WebhookSender } from "../webhooks/sender.js";
import type { BackgroundPort } from "./worker.js";

export interface BackgroundServices {
	readonly settings: Settings;
	readonly store: Store;
	readonly keys: Keys;
	readonly replays: Replays;
	readonly inner: { readonly accept: Accept | undefined };
	readonly port: BackgroundPort;
	readonly sender: WebhookSender;
	readonly recorder?: Recorder | undefined;
	complain(line: string): void;
}
