/** A worker's half of lessons: all of them at hand, and each new one told to the primary, which tells the others. */
import type { PrimaryPort, WorkerHalf } from "../../process/channel/topic.js";
import type { Lesson } from "./lesson.js";
import { LessonBook } from "./lessonBook.js";
import type { LessonsTopic } from "./messages.js";

export interface Lessons {
	/** Those in force for a model of an upstream. */
	of(upstream: string, model: string): readonly Lesson[];
	add(lesson: Lesson): void;
	/** Those that any worker has learned. */
	list(): Promise<readonly Lesson[]>;
	/** @param id that of one; without it all. @returns those that were forgotten */
	forget(id?: string): Promise<readonly Lesson[]>;
}

export function createWorkerLessons(
	{ send, ask }: PrimaryPort<LessonsTopic>,
	snapshot: readonly Lesson[],
): Lessons & WorkerHalf<LessonsTopic> {
	const book = new LessonBook();
	for (const lesson of snapshot) book.add(lesson);
	return {
		of: (upstream, model) => book.of(upstream, model),
		add(lesson) {
			book.add(lesson);
			send({ topic: "lessons", kind: "learned", lesson });
		},
		list: () => ask("list", null),
		forget: (id) => ask("forget", id ?? null),
		receive(message) {
			if (message.kind === "learned") book.add(message.lesson);
			else book.remove(({ id }) => message.lessons.includes(id));
		},
	};
}

/** For a gateway without a primary. */
export function createLocalLessons(): Lessons {
	const book = new LessonBook();
	return {
		of: (upstream, model) => book.of(upstream, model),
		add: (lesson) => book.add(lesson),
		list: async () => book.all(),
		forget: async (id) => book.remove((lesson) => id === undefined || lesson.id === id),
	};
}
