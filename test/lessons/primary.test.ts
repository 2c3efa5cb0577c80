/** The primary's half of lessons, and the book in which both halves keep them. */
import { expect, test } from "vitest";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import type { Settings } from "../../src/settings/settings.js";
import { type Lesson, lessonOf } from "../../src/upstream/lessons/lesson.js";
import { LessonBook } from "../../src/upstream/lessons/lessonBook.js";
import type { LessonsTopic } from "../../src/upstream/lessons/messages.js";
import { createPrimaryLessons } from "../../src/upstream/lessons/primary.js";
import { anUpstream } from "../kit/upstreams.js";

const settingsWith = (...upstreams: UpstreamSettings[]) =>
	({ routing: { upstreams, routes: [] } }) as unknown as Settings;
const about = (name: string, model = "m", upstream = "one", now = Date.now()): Lesson =>
	lessonOf({ kind: "member", name }, { upstream, model }, now, 60_000);

function join(primary: ReturnType<typeof createPrimaryLessons>, settings: Settings) {
	const sent: LessonsTopic["toWorker"][] = [];
	const member = primary.join({ name: "w", settings, send: (message) => void sent.push(message) });
	return { ...member, sent };
}

test("what one worker has learned is sent to the others, and to those that start later", () => {
	const primary = createPrimaryLessons();
	const settings = settingsWith(anUpstream());
	const [a, b] = [join(primary, settings), join(primary, settings)];
	primary.adopt?.(settings);
	const lesson = about("seed");
	const message = { topic: "lessons", kind: "learned", lesson } as const;
	a.receive?.(message);
	expect([a.sent, b.sent]).toEqual([[], [message]]);
	expect(join(primary, settings).snapshot?.()).toEqual([lesson]);
	b.leave?.();
	a.receive?.({ ...message, lesson: about("user") });
	expect(b.sent).toHaveLength(1);
});

test("a reload keeps what was learned, except of an upstream that is another one now", () => {
	const primary = createPrimaryLessons();
	const [one, two] = [anUpstream(), anUpstream({ name: "two" })];
	const before = settingsWith(one, two);
	const worker = join(primary, before);
	primary.adopt?.(before);
	const [lesson, gone] = [about("seed"), about("seed", "m", "two")];
	for (const each of [lesson, gone]) worker.receive?.({ topic: "lessons", kind: "learned", lesson: each });
	const after = settingsWith({ ...one, timeouts: undefined } as never, { ...two, url: "http://127.0.0.1:10/v1" });
	primary.adopt?.(after);
	expect(primary.list()).toEqual([lesson]);
	expect(worker.sent).toEqual([{ topic: "lessons", kind: "forgotten", lessons: [gone.id] }]);
	// A worker that still drains asks the upstream that had the name before.
	worker.receive?.({ topic: "lessons", kind: "learned", lesson: gone });
	expect(primary.list()).toEqual([lesson]);
});

test("a lesson ends at its time", () => {
	let now = 1_000;
	const book = new LessonBook(() => now);
	book.add(about("seed", "m", "one", now));
	now += 59_999;
	expect(book.of("one", "m")).toHaveLength(1);
	now += 1;
	expect([book.of("one", "m"), book.all()]).toEqual([[], []]);
});

test("the oldest lessons make room for new ones", () => {
	const book = new LessonBook();
	for (let count = 0; count < 200; count += 1) book.add(about(`a${count}`));
	expect(book.of("one", "m")).toHaveLength(64);
	expect(book.of("one", "m").at(-1)?.name).toBe("a199");
	for (let count = 0; count < 500; count += 1) book.add(about("seed", `m${count}`));
	expect(book.all()).toHaveLength(256);
	expect([book.of("one", "m"), book.of("one", "m499").length]).toEqual([[], 1]);
});

test("the same lesson once more is one lesson, for longer", () => {
	const book = new LessonBook();
	const now = Date.now();
	book.add(about("seed", "m", "one", now));
	book.add(about("seed", "m", "one", now + 1_000));
	expect(book.all().map(({ learnedAt }) => learnedAt)).toEqual([now + 1_000]);
});
