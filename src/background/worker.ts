/** A worker's half of responses in the background: what it hears of others, and tells them. */
import { createLocalSeals, createSeals, type Seals } from "../dialects/seals.js";
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import { newId } from "../store/newId.js";
import type { BackgroundSnapshot, BackgroundTopic } from "./messages.js";

/** What a gateway needs of other workers. */
export interface BackgroundPort {
	readonly holder: string;
	/** For credentials that workers of this primary keep for each other: a restart makes them worthless. */
	readonly seals: Seals;
	/** Somebody is to look at this time, in milliseconds since the epoch. */
	due(at: number): void;
	/** Has all other workers stop to generate this response, or to run this batch. */
	stop(id: string): void;
	/** Called to have this worker look. */
	readonly lookers: Set<(gone: readonly string[]) => void>;
	/** Called to have this worker stop a response, or a batch. */
	readonly stoppers: Set<(id: string) => void>;
}

export interface WorkerBackground extends BackgroundPort, WorkerHalf<BackgroundTopic> {}

export function createWorkerBackground(
	{ send }: Pick<PrimaryPort<BackgroundTopic>, "send">,
	{ holder, sealSecret }: BackgroundSnapshot,
): WorkerBackground {
	const port: WorkerBackground = {
		holder,
		seals: createSeals([sealSecret]),
		due: (at) => send({ topic: "background", kind: "due", at }),
		stop: (id) => send({ topic: "background", kind: "stop", id }),
		lookers: new Set(),
		stoppers: new Set(),
		receive(message) {
			if (message.kind === "look") for (const look of port.lookers) look(message.gone);
			else for (const stop of port.stoppers) stop(message.id);
		},
	};
	return port;
}

/** For a gateway without a primary, which looks by itself. */
export function createLocalBackground(): BackgroundPort {
	let timer: NodeJS.Timeout | undefined;
	let dueAt = Number.POSITIVE_INFINITY;
	const port: BackgroundPort = {
		holder: newId("worker_", 20),
		seals: createLocalSeals(),
		due(at) {
			if (at >= dueAt) return;
			dueAt = at;
			clearTimeout(timer);
			timer = setTimeout(
				() => {
					dueAt = Number.POSITIVE_INFINITY;
					for (const look of port.lookers) look([]);
				},
				Math.max(0, at - Date.now()),
			).unref();
		},
		stop() {},
		lookers: new Set(),
		stoppers: new Set(),
	};
	return port;
}
