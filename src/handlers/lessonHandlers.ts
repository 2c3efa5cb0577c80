/** What models have been found to refuse, for administrators: listed, and forgotten. */
import { notFound } from "../errors/notFound.js";
import type { components } from "../generated/contract.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Lesson } from "../upstream/lessons/lesson.js";
import type { Handlers } from "./handlerTypes.js";

type Schemas = components["schemas"];
type LessonOperation = "listLessons" | "forgetLessons" | "forgetLesson";

export function lessonHandlers({ upstreams: { lessons } }: GatewayServices): Pick<Handlers, LessonOperation> {
	return {
		listLessons: async () => listOf(await lessons.list()),
		forgetLessons: async () => listOf(await lessons.forget()),
		async forgetLesson({ params: { lesson = "" } }) {
			const forgotten = await lessons.forget(lesson);
			if (forgotten.length === 0) throw notFound(`There is no lesson ${JSON.stringify(lesson)}.`, "lesson_not_found");
			return listOf(forgotten);
		},
	};
}

function listOf(lessons: readonly Lesson[]): Schemas["LessonList"] {
	return { object: "list", data: lessons.map(resourceOf) };
}

function resourceOf({ id, upstream, model, kind, name, value, learnedAt, expiresAt }: Lesson): Schemas["Lesson"] {
	return {
		object: "gateway.lesson",
		id,
		upstream,
		model,
		kind,
		name,
		value: value ?? null,
		learned_at: Math.floor(learnedAt / 1000),
		expires_at: Math.floor(expiresAt / 1000),
	};
}
