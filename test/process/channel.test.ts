/** The channel between the primary and its workers: both ends in this process, with messages through JSON in between. */
import { describe, expect, test } from "vitest";
import { openPrimaryChannel } from "../../src/process/channel/primary.js";
import type { PrimaryHalf, PrimaryPort, Topic, TopicMessage, WorkerPort } from "../../src/process/channel/topic.js";
import { openWorkerChannel, type WorkerChannel } from "../../src/process/channel/worker.js";
import { readSettings } from "../../src/settings/settings.js";

interface NotesTopic extends Topic<"notes"> {
	readonly snapshot: string[];
	readonly toWorker: Note;
	readonly toPrimary: Note;
	readonly questions: {
		shout(text: string): string;
		/** Answered by hand, or never. */
		wait(argument: undefined): string;
	};
}

interface Note {
	readonly topic: "notes";
	readonly text: string;
}

const settings = readSettings({}, {});

/** The primary, and as many workers as a test wants. */
function primary(more: Partial<PrimaryHalf<NotesTopic>> = {}) {
	const notes: string[] = [];
	const ports: WorkerPort<NotesTopic>[] = [];
	const received: string[] = [];
	const waiting: ((answer: string) => void)[] = [];
	const left: string[] = [];
	const half: PrimaryHalf<NotesTopic> = {
		topic: "notes",
		join(worker) {
			ports.push(worker);
			return {
				snapshot: () => [...notes],
				receive: ({ text }) => void received.push(text),
				answers: {
					shout: (text) => {
						if (text === "") throw new Error("nothing to shout");
						return text.toUpperCase();
					},
					wait: () => new Promise((resolve) => waiting.push(resolve)),
				},
				leave: () => void left.push(worker.name),
			};
		},
		...more,
	};
	return {
		...{ received, waiting, left },
		/** Takes a note, and sends it to all workers. */
		write(text: string) {
			notes.push(text);
			for (const { send } of ports) send({ topic: "notes", text });
		},
		fork: (name: string) => connect(half, name),
	};
}

/** One worker. Messages stay on their way until `deliver`. */
function connect(half: PrimaryHalf<NotesTopic>, name: string) {
	const toWorker: string[] = [];
	const toPrimary: string[] = [];
	const received: string[] = [];
	const events: string[] = [];
	const channel = openPrimaryChannel([half as PrimaryHalf], {
		...{ name, settings },
		send: (message) => void toWorker.push(JSON.stringify(message)),
	});
	let port: PrimaryPort<NotesTopic> | undefined;
	let worker: WorkerChannel | undefined;
	const sendToPrimary = (message: TopicMessage) => void toPrimary.push(JSON.stringify(message));
	return {
		...{ channel, toWorker, toPrimary, received, events, sendToPrimary },
		get port() {
			if (port === undefined) throw new Error("the worker has not started");
			return port;
		},
		get worker() {
			if (worker === undefined) throw new Error("the worker has not started");
			return worker;
		},
		start() {
			worker = openWorkerChannel(sendToPrimary, JSON.parse(JSON.stringify(channel.start())));
			worker.open("notes", (opened: PrimaryPort<NotesTopic>, snapshot: string[]) => {
				port = opened;
				received.push(...snapshot.map((text) => `snapshot: ${text}`));
				return {
					receive: ({ text }: Note) => void received.push(text),
					flush: () => void events.push("flush"),
					end: () => void events.push("end"),
				};
			});
		},
		async deliver() {
			for (let turn = 0; turn < 5; turn += 1) {
				for (const message of toPrimary.splice(0)) channel.receive(JSON.parse(message));
				for (const message of toWorker.splice(0)) worker?.receive(JSON.parse(message));
				await new Promise(setImmediate);
			}
		},
	};
}

describe("a new worker", () => {
	test("begins with the snapshot, and gets everything after it in order", async () => {
		const { fork, write } = primary();
		const one = fork("worker 1");
		write("before");
		one.start();
		for (const text of ["first", "second", "third"]) write(text);
		await one.deliver();
		expect(one.received).toEqual(["snapshot: before", "first", "second", "third"]);
	});

	test("is sent nothing before its snapshot, which has it all", () => {
		const { fork, write } = primary();
		const one = fork("worker 1");
		write("early");
		expect(one.toWorker).toEqual([]);
	});

	test("of the next generation begins with what those that drain have made of it", async () => {
		const { fork, write } = primary();
		const old = fork("worker 1");
		old.start();
		write("old");
		const next = fork("worker 2");
		next.start();
		write("to both");
		await Promise.all([old.deliver(), next.deliver()]);
		expect(old.received).toEqual(["old", "to both"]);
		expect(next.received).toEqual(["snapshot: old", "to both"]);
	});
});

describe("messages", () => {
	test("reach the topic's half in the primary in order, as they were sent", async () => {
		const { fork, received } = primary();
		const one = fork("worker 1");
		one.start();
		for (const text of ["a", "b", "c"]) one.port.send({ topic: "notes", text });
		expect(one.toPrimary[0]).toBe('{"topic":"notes","text":"a"}');
		await one.deliver();
		expect(received).toEqual(["a", "b", "c"]);
	});

	test("that come together with an answer are heard once whoever has asked has gone on", async () => {
		const { fork, write, waiting } = primary();
		const one = fork("worker 1");
		one.start();
		const asked = one.port.ask("wait", undefined).then((answer) => one.received.push(`answer: ${answer}`));
		await one.deliver();
		waiting[0]?.("yes");
		await new Promise(setImmediate);
		for (const text of ["after it", "last"]) write(text);
		await Promise.all([one.deliver(), asked]);
		expect(one.received).toEqual(["answer: yes", "after it", "last"]);
	});

	test("of a topic that nobody knows, in either process, are dropped", async () => {
		const { fork, received } = primary();
		const one = fork("worker 1");
		one.start();
		one.sendToPrimary({ topic: "unknown" });
		one.sendToPrimary({ topic: "unknown", question: 1, name: "shout", argument: "" } as TopicMessage);
		one.toWorker.push('{"topic":"unknown"}', '{"topic":"unknown","reply":1,"answer":"x"}');
		one.port.send({ topic: "notes", text: "known" });
		await one.deliver();
		expect([received, one.received]).toEqual([["known"], []]);
	});
});

describe("a question", () => {
	test("is answered to the worker that asked, whatever order answers come in", async () => {
		const { fork, waiting } = primary();
		const [one, two] = [fork("worker 1"), fork("worker 2")];
		for (const worker of [one, two]) worker.start();
		const answers = [one.port.ask("wait", undefined), two.port.ask("wait", undefined)];
		const shouted = one.port.ask("shout", "hello");
		await Promise.all([one.deliver(), two.deliver()]);
		expect(await shouted).toBe("HELLO");
		waiting[1]?.("two");
		waiting[0]?.("one");
		await Promise.all([one.deliver(), two.deliver()]);
		expect(await Promise.all(answers)).toEqual(["one", "two"]);
	});

	test("is answered after the news that its answer is about", async () => {
		const { fork, write, waiting } = primary();
		const one = fork("worker 1");
		one.start();
		const answered = one.port.ask("wait", undefined).then(() => one.received.push("answer"));
		await one.deliver();
		write("news");
		waiting[0]?.("done");
		await one.deliver();
		await answered;
		expect(one.received).toEqual(["news", "answer"]);
	});

	test("that is not answered in time has the answer that stands in for it", async () => {
		const { fork, waiting } = primary();
		const one = fork("worker 1");
		one.start();
		const answer = one.port.ask("wait", undefined, { timeoutMs: 1, otherwise: "too late" });
		await one.deliver();
		expect(await answer).toBe("too late");
		waiting[0]?.("late");
		await one.deliver();
	});

	test("whose answer fails is not answered", async () => {
		const { fork } = primary();
		const one = fork("worker 1");
		one.start();
		const answer = one.port.ask("shout", "", { timeoutMs: 50, otherwise: "none" });
		await one.deliver();
		expect(await answer).toBe("none");
	});
});

describe("when a worker dies", () => {
	test("each topic is told once, and the worker is sent nothing more", () => {
		const { fork, write, left } = primary();
		const one = fork("worker 1");
		one.start();
		one.channel.leave();
		one.channel.leave();
		write("news");
		expect([left, one.toWorker]).toEqual([["worker 1"], []]);
	});

	test("messages of its that arrive later are dropped, and so are its questions", async () => {
		const { fork, received, waiting } = primary();
		const one = fork("worker 1");
		one.start();
		one.port.send({ topic: "notes", text: "last words" });
		void one.port.ask("wait", undefined);
		one.channel.leave();
		await one.deliver();
		expect([received, waiting]).toEqual([[], []]);
	});

	test("its last messages reach a topic that wants them all the same", async () => {
		const { fork, received } = primary({ receivesAfterLeave: true });
		const one = fork("worker 1");
		one.start();
		one.port.send({ topic: "notes", text: "last words" });
		one.channel.leave();
		await one.deliver();
		expect(received).toEqual(["last words"]);
	});

	test("the answer to its question goes nowhere", async () => {
		const { fork, waiting } = primary();
		const one = fork("worker 1");
		one.start();
		void one.port.ask("wait", undefined);
		await one.deliver();
		one.channel.leave();
		waiting[0]?.("answer");
		await new Promise(setImmediate);
		expect(one.toWorker).toEqual([]);
	});
});

describe("when the primary is gone", () => {
	test("topics end, and whoever waits for an answer is refused, or has what stands in for it", async () => {
		const { fork } = primary();
		const one = fork("worker 1");
		one.start();
		const refused = one.port.ask("wait", undefined);
		const patient = one.port.ask("wait", undefined, { timeoutMs: 60_000, otherwise: "nobody" });
		one.worker.end();
		await expect(refused).rejects.toMatchObject({ status: 503 });
		expect(await patient).toBe("nobody");
		expect(one.events).toEqual(["end"]);
	});

	test("a later question is refused at once", async () => {
		const { fork } = primary();
		const one = fork("worker 1");
		one.start();
		one.worker.end();
		await expect(one.port.ask("shout", "hello")).rejects.toMatchObject({ status: 503 });
		expect(await one.port.ask("shout", "hello", { timeoutMs: 60_000, otherwise: "nobody" })).toBe("nobody");
		expect(one.toPrimary).toEqual([]);
	});
});

test("before a worker ends, each topic sends what waits to be sent", () => {
	const one = primary().fork("worker 1");
	one.start();
	one.worker.flush();
	expect(one.events).toEqual(["flush"]);
});
