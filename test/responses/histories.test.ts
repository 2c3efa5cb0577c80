/** What a process remembers of threads: it is the same as what the store has, also after another process has changed that. */
import { describe, expect, test } from "vitest";
import { elementsOf } from "../../src/json/elements.js";
import { type History, HistoryMemory } from "../../src/responses/historyMemory.js";
import { createThreads } from "../../src/responses/threads.js";
import { aResponse, overBothStores } from "../kit/stores.js";

const me = "key:me";
const said = (history: History | undefined) => JSON.parse(`[${history?.items}]`) as unknown[];

/** As a turn that goes on from another brings it. */
function turn(name: string, previous?: string) {
	const items = { input: JSON.stringify({ in: name }), output: JSON.stringify({ out: name }) };
	return aResponse(`resp_${name}`, { ...items, previous: previous && `resp_${previous}`, thread: "resp_a" });
}

const saidIn = (...names: string[]) => names.flatMap((name) => [{ in: name }, { out: name }]);

overBothStores(({ open, fresh }) => {
	async function twoProcesses() {
		const settings = await fresh();
		const [here, there] = [await open(settings), await open(settings)];
		return { here, there, threads: createThreads(here.responses) };
	}

	test("threads that part go on each with its own turns, in any order", async () => {
		const { threads, here } = await twoProcesses();
		const add = (name: string, previous?: string) => threads.add(me, turn(name, previous));
		const after = async (name: string) => said(await threads.history(me, `resp_${name}`));
		await add("a");
		await add("b", "a");
		expect(await after("b")).toEqual(saidIn("a", "b"));
		await add("c", "b");
		await add("d", "b");
		expect(await after("c")).toEqual(saidIn("a", "b", "c"));
		expect(await after("d")).toEqual(saidIn("a", "b", "d"));
		expect(await after("b")).toEqual(saidIn("a", "b"));
		expect(await after("c")).toEqual(saidIn("a", "b", "c"));
		expect(await threads.history("key:other", "resp_c")).toBeUndefined();
		await here.settle();
		expect(said(await createThreads(here.responses).history(me, "resp_d"))).toEqual(saidIn("a", "b", "d"));
	});

	test("a turn that another process has removed is gone at once, and so is all that goes on from it", async () => {
		const { threads, here, there } = await twoProcesses();
		for (const [name, previous] of [["a"], ["b", "a"], ["c", "b"]] as [string, string?][])
			await threads.add(me, turn(name, previous));
		await here.settle();
		// The second time nothing has changed.
		for (let time = 0; time < 2; time += 1)
			expect(said(await threads.history(me, "resp_c"))).toEqual(saidIn("a", "b", "c"));
		expect(await here.responses.removedAmong(["resp_a", "resp_b"])).toEqual(new Set());
		await there.responses.remove(me, "resp_b");
		expect(await here.responses.removedAmong(["resp_a", "resp_b"])).toEqual(new Set(["resp_b"]));
		await expect(threads.history(me, "resp_c")).rejects.toMatchObject({ code: "previous_response_not_found" });
		expect(await threads.history(me, "resp_b")).toBeUndefined();
		expect(said(await threads.history(me, "resp_a"))).toEqual(saidIn("a"));
		await here.responses.remove(me, "resp_a");
		expect(await threads.history(me, "resp_a")).toBeUndefined();
	});
});

describe("the memory of histories", () => {
	const head = (id: string) => ({ ...aResponse(id) });
	const put = (memory: HistoryMemory, id: string, bytes: number) =>
		memory.put(me, { last: head(id), ids: [id], knownAt: 0 }, [Buffer.alloc(bytes, "1")]);

	test("forgets those that were used longest ago, and none for one that is too large", () => {
		const memory = new HistoryMemory(64 * 1024);
		for (const id of ["a", "b", "c"]) put(memory, id, 7_000);
		expect(memory.get(me, "a")).toBeDefined();
		expect(put(memory, "large", 40_000).items).toHaveLength(40_000);
		expect(memory.get(me, "large")).toBeUndefined();
		for (const id of ["d", "e"]) put(memory, id, 7_000);
		expect(["a", "b", "c", "d", "e"].filter((id) => memory.get(me, id) !== undefined)).toEqual(["a", "c", "d", "e"]);
	});

	test("what was given stays as it is when more is added to it", () => {
		const memory = new HistoryMemory(64 * 1024);
		const first = put(memory, "a", 3);
		const add = (earlier: History, id: string, item: string) =>
			memory.extend(me, earlier, { last: head(id), ids: [...earlier.ids, id], knownAt: 0 }, [Buffer.from(item)]);
		const second = add(first, "b", "2");
		const other = add(first, "c", "3");
		const third = add(second, "d", "4");
		expect([first, second, other, third].map(({ items }) => String(items))).toEqual([
			"111",
			"111,2",
			"111,3",
			"111,2,4",
		]);
		expect(memory.get(me, "d")?.ids).toEqual(["a", "b", "d"]);
	});
});

test("members have the names that a parser gives them, however often they come", () => {
	const names = ["a", "a\\u0062", "ab", "ä", "\\n", "__proto__", "", "x".repeat(300)];
	const text = `{${names.map((name) => `"${name}":1`).join(",")}}`;
	for (let time = 0; time < 2; time += 1)
		expect(elementsOf(Buffer.from(text), 0).map(({ name }) => name)).toEqual(
			names.map((name) => JSON.parse(`"${name}"`)),
		);
});
