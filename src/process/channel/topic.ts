/** A topic: one subject that the primary and its workers share, with its messages and a half in each process. */
import type { Settings } from "../../settings/settings.js";

/** Carries the name of its topic, so that no message has to be wrapped to find its way. */
export interface TopicMessage<Name extends string = string> {
	readonly topic: Name;
}

/** Questions of a worker to the primary, each as a function from its argument to its answer. */
export type Questions = Readonly<Record<string, (argument: never) => unknown>>;
export type NoQuestions = Record<never, never>;

/** The types of a topic's messages: each topic extends this in its `messages.ts`. All of them are JSON. */
export interface Topic<Name extends string = string> {
	readonly name: Name;
	/** What a new worker begins with. */
	readonly snapshot: unknown;
	readonly toWorker: TopicMessage<Name>;
	readonly toPrimary: TopicMessage<Name>;
	readonly questions: Questions;
}

export type Argument<T extends Topic, Name extends keyof T["questions"]> = Parameters<T["questions"][Name]>[0];
export type Answer<T extends Topic, Name extends keyof T["questions"]> = ReturnType<T["questions"][Name]>;

/** One worker, as a topic's half in the primary sees it. */
export interface WorkerPort<T extends Topic = Topic> {
	/** For the operator. */
	readonly name: string;
	/** The settings of its generation, the same object for all workers of the generation. */
	readonly settings: Settings;
	/** Sends nothing before the worker has its snapshot, nor after its end. */
	send(this: void, message: T["toWorker"]): void;
}

/** What a topic's half in the primary does for one worker, until the worker is no more. */
export interface WorkerMember<T extends Topic = Topic> {
	/** Taken once, when the worker is there to receive it. Messages sent from then on follow it. */
	snapshot?(): T["snapshot"];
	receive?(message: T["toPrimary"]): void;
	/** A question whose answer is rejected is never answered. */
	readonly answers?: {
		readonly [Name in keyof T["questions"]]: (
			argument: Argument<T, Name>,
		) => Answer<T, Name> | Promise<Answer<T, Name>>;
	};
	/** The worker is no more: takes back what it held. */
	leave?(): void;
}

/** A topic's half in the primary. A generation is the workers of one start or reload, which run by the same settings. */
export interface PrimaryHalf<T extends Topic = Topic> {
	readonly topic: T["name"];
	/** Messages may arrive after their worker's end. They are dropped, unless the topic wants them all the same. */
	readonly receivesAfterLeave?: boolean;
	/** A generation is about to start: its first worker waits until this resolves. */
	open?(settings: Settings): Promise<void>;
	/** A worker was forked. */
	join(worker: WorkerPort<T>): WorkerMember<T>;
	/** This generation serves from now on; workers of the one before may still be draining. */
	adopt?(settings: Settings): void;
	/** The last worker of a generation has ended. */
	end?(settings: Settings): void;
	/** The gateway stops: nothing new begins. */
	stop?(): void;
	/** The process ends. */
	close?(): void;
}

/** How long a question waits for its answer, and what stands in for one that does not come. */
export interface Patience<Value> {
	readonly timeoutMs: number;
	readonly otherwise: Value;
}

/** The primary, as a topic's half in a worker sees it. */
export interface PrimaryPort<T extends Topic = Topic> {
	send(this: void, message: T["toPrimary"]): void;
	/**
	 * Asks the primary. Without `patience` it waits as long as the primary is there.
	 *
	 * @throws GatewayError 503 when the primary is gone, unless `patience` says what the answer is then
	 */
	ask<Name extends keyof T["questions"] & string>(
		this: void,
		name: Name,
		argument: Argument<T, Name>,
		patience?: Patience<Answer<T, Name>>,
	): Promise<Answer<T, Name>>;
}

/** A topic's half in a worker. */
export interface WorkerHalf<T extends Topic = Topic> {
	receive?(message: T["toWorker"]): void;
	/** Sends what waits to be sent: the process is about to end. */
	flush?(): void;
	/** The primary is gone: whoever waits for it is refused. */
	end?(): void;
}

/** A question on its way to the primary. `question` counts those of its worker. */
export interface QuestionMessage extends TopicMessage {
	readonly question: number;
	readonly name: string;
	readonly argument: unknown;
}

/** Its answer on its way back. */
export interface ReplyMessage extends TopicMessage {
	readonly reply: number;
	readonly answer: unknown;
}

/** A snapshot of each topic, by its name. */
export type Snapshots = Readonly<Record<string, unknown>>;
