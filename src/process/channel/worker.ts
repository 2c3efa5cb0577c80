/** A worker's end of the channel: hands each message of the primary to the half of its topic, and waits for answers. */
import createDebug from "debug";
import { gatewayStopping } from "../../errors/gatewayError.js";
import type { Patience, PrimaryPort, ReplyMessage, Snapshots, Topic, TopicMessage, WorkerHalf } from "./topic.js";

const debug = createDebug("llmgw:channel");

export interface WorkerChannel {
	/**
	 * Adds a topic.
	 *
	 * @param create makes the worker's half from the primary's snapshot
	 */
	open<T extends Topic, Half extends WorkerHalf<T>>(
		topic: T["name"],
		create: (primary: PrimaryPort<T>, snapshot: T["snapshot"]) => Half,
	): Half;
	receive(message: TopicMessage): void;
	/** Has all topics send what waits to be sent. */
	flush(): void;
	/** The primary is gone. */
	end(): void;
}

interface Waiting {
	resolve(answer: unknown): void;
	/** The primary is gone. */
	giveUp(): void;
}

/** @param send drops the message if the primary is gone */
export function openWorkerChannel(send: (message: TopicMessage) => void, snapshots: Snapshots): WorkerChannel {
	const halves = new Map<string, WorkerHalf>();
	const waiting = new Map<number, Waiting>();
	let questions = 0;
	let hasEnded = false;
	let isAnswering = false;

	function ask(topic: string, name: string, argument: unknown, patience?: Patience<unknown>): Promise<unknown> {
		if (hasEnded) return patience ? Promise.resolve(patience.otherwise) : Promise.reject(gatewayStopping());
		questions += 1;
		const question = questions;
		return new Promise((resolve, reject) => {
			const settle = (act: () => void) => {
				clearTimeout(timer);
				waiting.delete(question);
				act();
			};
			const giveUp = () => settle(() => (patience ? resolve(patience.otherwise) : reject(gatewayStopping())));
			const timer = patience && setTimeout(giveUp, patience.timeoutMs);
			waiting.set(question, { resolve: (answer) => settle(() => resolve(answer)), giveUp });
			send({ topic, question, name, argument } as TopicMessage);
		});
	}

	return {
		open(topic, create) {
			const port = {
				send,
				ask: (name: string, argument: unknown, patience?: Patience<unknown>) => ask(topic, name, argument, patience),
			};
			const half = create(port as Parameters<typeof create>[0], snapshots[topic]);
			halves.set(topic, half as WorkerHalf);
			return half;
		},
		receive(message) {
			const half = halves.get(message.topic);
			if (half === undefined) debug("there is no topic %s", message.topic);
			else if ("reply" in message) {
				const { reply, answer } = message as ReplyMessage;
				waiting.get(reply)?.resolve(answer);
				isAnswering = true;
				queueMicrotask(() => {
					isAnswering = false;
				});
			} else if (isAnswering) {
				// Node hands on messages that come together before a promise goes on: whoever has asked comes first.
				queueMicrotask(() => half.receive?.(message));
			} else half.receive?.(message);
		},
		flush() {
			for (const half of halves.values()) half.flush?.();
		},
		end() {
			hasEnded = true;
			for (const half of halves.values()) half.end?.();
			for (const { giveUp } of [...waiting.values()]) giveUp();
		},
	};
}
