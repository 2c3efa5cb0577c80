/** The primary's end of the channel to one worker: hands each message to the member of its topic. */
import createDebug from "debug";
import type { Settings } from "../../settings/settings.js";
import type { PrimaryHalf, QuestionMessage, ReplyMessage, Snapshots, TopicMessage, WorkerMember } from "./topic.js";

const debug = createDebug("llmgw:channel");

export interface ChannelWorker {
	readonly name: string;
	readonly settings: Settings;
	/** Drops the message if the worker's process is gone. */
	send(message: TopicMessage): void;
}

export interface PrimaryChannel {
	/** The worker is there to receive. @returns what it starts with; every message from now on follows that */
	start(): Snapshots;
	receive(message: TopicMessage): void;
	/** The worker is no more. */
	leave(): void;
}

interface Place {
	readonly member: WorkerMember;
	readonly receivesAfterLeave: boolean;
}

type AnswerQuestion = (argument: unknown) => unknown;

export function openPrimaryChannel(halves: readonly PrimaryHalf[], worker: ChannelWorker): PrimaryChannel {
	const places = new Map<string, Place>();
	let isStarted = false;
	let hasLeft = false;
	const port = {
		name: worker.name,
		settings: worker.settings,
		// What is sent before the snapshot is in the snapshot, and Node would lose it before the worker listens.
		send(message: TopicMessage): void {
			if (isStarted && !hasLeft) worker.send(message);
		},
	};
	for (const half of halves)
		places.set(half.topic, { member: half.join(port), receivesAfterLeave: half.receivesAfterLeave === true });

	async function answer(
		{ topic, question, name, argument }: QuestionMessage,
		{ answers }: WorkerMember,
	): Promise<void> {
		try {
			const known = answers as Readonly<Record<string, AnswerQuestion>> | undefined;
			const find = known?.[name];
			if (find === undefined) throw new Error("nobody knows how");
			const reply: ReplyMessage = { topic, reply: question, answer: await find(argument) };
			port.send(reply);
		} catch (error) {
			debug("%s: %s of %s is not answered: %o", worker.name, name, topic, error);
		}
	}

	return {
		start() {
			const snapshots: Record<string, unknown> = {};
			for (const [topic, { member }] of places) snapshots[topic] = member.snapshot?.();
			isStarted = true;
			return snapshots;
		},
		receive(message) {
			const place = places.get(message.topic);
			if (place === undefined) debug("%s: there is no topic %s", worker.name, message.topic);
			else if (hasLeft && !place.receivesAfterLeave) debug("%s: too late for %s", worker.name, message.topic);
			else if ("question" in message) void answer(message as QuestionMessage, place.member);
			else place.member.receive?.(message);
		},
		leave() {
			if (hasLeft) return;
			hasLeft = true;
			for (const { member } of places.values()) member.leave?.();
		},
	};
}
