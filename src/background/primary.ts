/** The primary's half of responses in the background: has one worker look whenever something may be left to be done. */
import { newSealSecret } from "../dialects/seals.js";
import type { PrimaryHalf, WorkerPort } from "../process/channel/topic.js";
import type { Settings } from "../settings/settings.js";
import { newId } from "../store/newId.js";
import type { BackgroundTopic } from "./messages.js";

type Port = WorkerPort<BackgroundTopic>;

/** Requests come first after a start. */
const firstLookMs = 1_000;
/** How often a machine looks what others have left that share its database. */
const sharedLookMs = 10_000;
/** For so long a worker that is no more is named to whoever looks: one look may be lost with its worker. */
const rememberedMs = 60_000;
/** `setTimeout` takes no more. */
const longestMs = 2 ** 31 - 1;

export function createPrimaryBackground(): PrimaryHalf<BackgroundTopic> {
	const sealSecret = newSealSecret();
	const ports = new Set<Port>();
	const gone = new Map<string, number>();
	let current: Settings | undefined;
	let timer: NodeJS.Timeout | undefined;
	let looks = 0;
	let dueAt = Number.POSITIVE_INFINITY;

	function due(at: number): void {
		if (at >= dueAt) return;
		dueAt = at;
		clearTimeout(timer);
		timer = setTimeout(look, Math.min(longestMs, Math.max(0, at - Date.now()))).unref();
	}

	/** Asks one worker after the other, of those that take new requests: the newest generation's. */
	function look(): void {
		dueAt = Number.POSITIVE_INFINITY;
		const now = Date.now();
		for (const [holder, until] of gone) if (until <= now) gone.delete(holder);
		const newest = [...ports].filter(({ settings }) => settings === current);
		const port = newest[looks % newest.length] ?? [...ports].at(-1);
		looks += 1;
		// Whoever is ready next is asked.
		if (port === undefined) return;
		port.send({ topic: "background", kind: "look", gone: [...gone.keys()] });
		if (current?.storeUrl !== undefined) due(now + sharedLookMs);
	}

	return {
		topic: "background",
		adopt(settings) {
			current = settings;
			due(Date.now() + firstLookMs);
		},
		join(port) {
			const holder = newId("worker_", 20);
			return {
				snapshot() {
					ports.add(port);
					if (current !== undefined) due(Date.now() + firstLookMs);
					return { holder, sealSecret };
				},
				receive(message) {
					if (message.kind === "due") due(message.at);
					else for (const other of ports) if (other !== port) other.send(message);
				},
				leave() {
					if (!ports.delete(port)) return;
					gone.set(holder, Date.now() + rememberedMs);
					if (current !== undefined) due(Date.now());
				},
			};
		},
		stop() {
			clearTimeout(timer);
			dueAt = Number.NEGATIVE_INFINITY;
		},
		close: () => clearTimeout(timer),
	};
}
