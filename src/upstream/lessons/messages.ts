/** The topic of lessons: what models of upstreams refuse, as all workers know it. */
import type { Topic } from "../../process/channel/topic.js";
import type { Lesson } from "./lesson.js";

export interface LessonsTopic extends Topic<"lessons"> {
	readonly snapshot: Lesson[];
	readonly toWorker: LessonLearned | LessonsForgotten;
	readonly toPrimary: LessonLearned;
	readonly questions: {
		list(argument: null): Lesson[];
		/** One, by its id, or all. @returns those that were forgotten */
		forget(id: string | null): Lesson[];
	};
}

/** A worker has learned it; from the primary, another one has. */
export interface LessonLearned {
	readonly topic: "lessons";
	readonly kind: "learned";
	readonly lesson: Lesson;
}

export interface LessonsForgotten {
	readonly topic: "lessons";
	readonly kind: "forgotten";
	/** Ids. */
	readonly lessons: string[];
}
