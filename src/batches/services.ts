/** What batches need of the gateway. */
import type { BackgroundPort } from "../background/worker.js";
import type { Accept } from "../exchange/innerRequest.js";
import type { LocalFiles } from "../files/localFiles.js";
import type { Keys } from "../keys/worker.js";
import type { Recorder } from "../metrics/metricRecorder.js";
import type { Settings } from "../settings/settings.js";
import type { Store } from "../store/store.js";
import type { WebhookSender } from "../webhooks/sender.js";

export interface BatchServices {
	readonly settings: Settings;
	readonly store: Store;
	readonly keys: Keys;
	readonly inner: { readonly accept: Accept | undefined };
	readonly port: BackgroundPort;
	readonly sender: WebhookSender;
	/** All requests that the worker has in flight, and those among them that are lines of batches. */
	readonly load: { readonly requests: number };
	readonly lines: { readonly inFlight: number };
	/** What batches are read from, and written to. */
	readonly files: Pick<LocalFiles, "find" | "create" | "remove" | "readContent">;
	readonly recorder?: Recorder | undefined;
	complain(line: string): void;
}
