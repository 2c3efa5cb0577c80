import { expect, test } from "vitest";
import { aPrompt, overBothStores } from "../kit/stores.js";

const at = 1_700_000_000;
const page = { limit: 10, order: "desc" } as const;

overBothStores(({ open, fresh }) => {
	test("a prompt comes back as it was given, by id and by name", async () => {
		const { prompts } = await open(await fresh(), () => at * 1000 + 999);
		const created = await prompts.create("me", aPrompt());
		expect(created).toEqual({
			id: expect.stringMatching(/^prompt_[0-9A-Za-z]{24}$/),
			name: "greeting",
			description: "Says hello",
			metadata: { team: "support" },
			createdAt: at,
			updatedAt: at,
			deletedAt: undefined,
			revision: 1,
			latestVersion: 1,
			labels: {},
		});
		expect(await prompts.find("me", created.id)).toEqual(created);
		expect(await prompts.find("me", "greeting")).toEqual(created);
		expect(await prompts.version("me", created.id, 1)).toEqual({
			promptId: created.id,
			number: 1,
			content: aPrompt().version.content,
			comment: "first",
			createdAt: at,
		});
	});

	test("any text comes back as it was", async () => {
		const { prompts } = await open();
		const strange = "\0 \ud800 ' \" \\ 🦆 \u2028 %s $1 ?";
		const version = { content: { [strange]: [strange] }, comment: strange };
		const { id } = await prompts.create(
			"me",
			aPrompt({ description: strange, metadata: { [strange]: strange }, version }),
		);
		expect(await prompts.find("me", id)).toMatchObject({ description: strange, metadata: { [strange]: strange } });
		expect(await prompts.version("me", id, 1)).toMatchObject(version);
	});

	test("nobody sees or changes another's prompt", async () => {
		const { prompts } = await open();
		const { id } = await prompts.create("me", aPrompt());
		expect(await prompts.find("you", id)).toBeUndefined();
		expect(await prompts.find("you", "greeting")).toBeUndefined();
		expect(await prompts.version("you", id, 1)).toBeUndefined();
		expect((await prompts.list("you", page)).data).toEqual([]);
		const missing = { problem: "not_found", message: `There is no prompt "${id}".` };
		await expect(prompts.versions("you", id, page)).rejects.toMatchObject(missing);
		await expect(prompts.update("you", id, { name: "mine" })).rejects.toMatchObject(missing);
		await expect(prompts.remove("you", id)).rejects.toMatchObject(missing);
		await expect(prompts.setLabel("you", id, "production", 1)).rejects.toMatchObject(missing);
		await expect(prompts.list("you", { ...page, after: id })).rejects.toMatchObject(missing);
		expect(await prompts.create("you", aPrompt())).toMatchObject({ name: "greeting" });
	});

	test("a name is taken once", async () => {
		const { prompts } = await open();
		await prompts.create("me", aPrompt());
		const other = await prompts.create("me", aPrompt({ name: "other" }));
		const taken = { problem: "conflict", message: 'There is a prompt "greeting" already.' };
		await expect(prompts.create("me", aPrompt())).rejects.toMatchObject(taken);
		await expect(prompts.update("me", other.id, { name: "greeting" })).rejects.toMatchObject(taken);
		expect(await prompts.find("me", "other")).toEqual(other);
	});

	test("an update changes what it names, and counts", async () => {
		let now = at * 1000;
		const { prompts } = await open(await fresh(), () => now);
		const { id } = await prompts.create("me", aPrompt());
		now += 5_000;
		const updated = await prompts.update("me", id, { name: "salute", metadata: {} });
		expect(updated).toMatchObject({ name: "salute", description: "Says hello", metadata: {}, revision: 2 });
		expect(updated).toMatchObject({ createdAt: at, updatedAt: at + 5 });
		expect(await prompts.find("me", id)).toEqual(updated);
		expect(await prompts.update("me", id, { description: "" }, 2)).toMatchObject({ description: "", revision: 3 });
	});

	test("a change on top of another revision is refused", async () => {
		const { prompts } = await open();
		const { id } = await prompts.create("me", aPrompt());
		await prompts.update("me", id, { description: "changed" });
		const stale = { problem: "stale", message: 'Prompt "greeting" has changed: it is at revision 2 now.' };
		await expect(prompts.update("me", id, {}, 1)).rejects.toMatchObject(stale);
		await expect(prompts.addVersion("me", id, { content: 1, comment: "" }, 1)).rejects.toMatchObject(stale);
		await expect(prompts.setLabel("me", id, "a", 1, 1)).rejects.toMatchObject(stale);
		await expect(prompts.removeLabel("me", id, "a", 1)).rejects.toMatchObject(stale);
		await expect(prompts.remove("me", id, 1)).rejects.toMatchObject(stale);
		expect(await prompts.find("me", id)).toMatchObject({ revision: 2, latestVersion: 1, labels: {} });
	});

	test("of changes on top of the same revision at once, one is made", async () => {
		const settings = await fresh();
		const stores = await Promise.all([open(settings), open(settings), open(settings)]);
		const { id } = await (stores[0] as (typeof stores)[0]).prompts.create("me", aPrompt());
		const results = await Promise.allSettled(
			Array.from({ length: 12 }, (_, index) =>
				stores[index % 3]?.prompts.update("me", id, { description: `by ${index}` }, 1),
			),
		);
		expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
		expect(await stores[1]?.prompts.find("me", id)).toMatchObject({ revision: 2 });
	});

	test("versions have numbers in a row, however many write at once", async () => {
		const settings = await fresh();
		const stores = await Promise.all([open(settings), open(settings), open(settings)]);
		const [first] = stores as [(typeof stores)[0], ...unknown[]];
		const { id } = await first.prompts.create("me", aPrompt());
		const added = await Promise.all(
			Array.from({ length: 30 }, (_, index) =>
				(stores[index % 3] as typeof first).prompts.addVersion("me", id, { content: { index }, comment: "" }),
			),
		);
		const numbers = added.map(({ number }) => number).sort((a, b) => a - b);
		expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => index + 2));
		for (const { number, content } of added)
			expect(await first.prompts.version("me", id, number)).toMatchObject({ content });
		expect(await first.prompts.find("me", id)).toMatchObject({ latestVersion: 31, revision: 31 });
	});

	test("versions are listed in pages", async () => {
		const { prompts } = await open();
		const { id } = await prompts.create("me", aPrompt());
		for (let count = 0; count < 4; count += 1) await prompts.addVersion("me", id, { content: count, comment: "" });
		const numbersOf = async (options: object) => {
			const { data, hasMore } = await prompts.versions("me", id, { limit: 2, order: "desc", ...options });
			return [...data.map(({ number }) => number), hasMore];
		};
		expect(await numbersOf({})).toEqual([5, 4, true]);
		expect(await numbersOf({ after: "4" })).toEqual([3, 2, true]);
		expect(await numbersOf({ after: "2" })).toEqual([1, false]);
		expect(await numbersOf({ order: "asc", after: "3" })).toEqual([4, 5, false]);
		await expect(numbersOf({ after: "prompt_1" })).rejects.toMatchObject({ problem: "not_found" });
	});

	test("a label points at one version, and moves", async () => {
		const { prompts } = await open();
		const { id } = await prompts.create("me", aPrompt());
		await prompts.addVersion("me", id, { content: 2, comment: "" });
		expect(await prompts.setLabel("me", id, "production", 1)).toMatchObject({ labels: { production: 1 }, revision: 3 });
		expect(await prompts.setLabel("me", id, "production", 2)).toMatchObject({ labels: { production: 2 }, revision: 4 });
		const both = await prompts.setLabel("me", id, "__proto__", 1);
		expect(Object.entries(both.labels).sort()).toEqual([
			["__proto__", 1],
			["production", 2],
		]);
		expect(await prompts.removeLabel("me", id, "__proto__")).toMatchObject({ revision: 6 });
		expect(await prompts.find("me", id)).toMatchObject({ labels: { production: 2 } });
		for (const version of [3, 0, 1.5])
			await expect(prompts.setLabel("me", id, "x", version)).rejects.toMatchObject({
				problem: "not_found",
				message: `Prompt "greeting" has no version ${version}; its latest is 2.`,
			});
		await expect(prompts.removeLabel("me", id, "x")).rejects.toMatchObject({ problem: "not_found" });
		expect(await prompts.find("me", id)).toMatchObject({ revision: 6 });
	});

	test("a deleted prompt is hidden, keeps its versions, and can be restored", async () => {
		const { prompts } = await open(await fresh(), () => at * 1000);
		const { id } = await prompts.create("me", aPrompt());
		await prompts.setLabel("me", id, "production", 1);
		const removed = await prompts.remove("me", id);
		expect(removed).toMatchObject({ deletedAt: at, revision: 3, labels: { production: 1 } });
		expect(await prompts.remove("me", id)).toEqual(removed);
		expect(await prompts.find("me", id)).toBeUndefined();
		expect(await prompts.find("me", "greeting")).toBeUndefined();
		expect(await prompts.find("me", id, { deleted: true })).toEqual(removed);
		expect(await prompts.find("me", "greeting", { deleted: true })).toEqual(removed);
		expect((await prompts.list("me", page)).data).toEqual([]);
		expect((await prompts.list("me", { ...page, deleted: true })).data).toEqual([removed]);
		expect(await prompts.version("me", id, 1)).toMatchObject({ number: 1 });
		await expect(prompts.update("me", id, {})).rejects.toMatchObject({ problem: "not_found" });
		await expect(prompts.addVersion("me", id, { content: 1, comment: "" })).rejects.toMatchObject({
			problem: "not_found",
		});
		const restored = await prompts.restore("me", id);
		expect(restored).toMatchObject({ deletedAt: undefined, revision: 4, labels: { production: 1 } });
		expect(await prompts.restore("me", id)).toEqual(restored);
		expect(await prompts.find("me", "greeting")).toEqual(restored);
	});

	test("a deleted prompt's name is free, and then it can't be restored", async () => {
		const { prompts } = await open();
		const { id } = await prompts.create("me", aPrompt());
		await prompts.remove("me", id);
		const next = await prompts.create("me", aPrompt());
		expect(await prompts.find("me", "greeting", { deleted: true })).toEqual(next);
		await expect(prompts.restore("me", id)).rejects.toMatchObject({ problem: "conflict" });
		await prompts.update("me", next.id, { name: "other" });
		expect(await prompts.restore("me", id)).toMatchObject({ id, name: "greeting" });
	});

	test("prompts are listed in pages, in the order they were made", async () => {
		const { prompts } = await open(await fresh(), () => at * 1000);
		const names = ["a", "b", "c", "d", "e"];
		const ids: string[] = [];
		for (const name of names) ids.push((await prompts.create("me", aPrompt({ name }))).id);
		await prompts.setLabel("me", ids[3] as string, "x", 1);
		const namesOf = async (options: object) => {
			const { data, hasMore } = await prompts.list("me", { limit: 2, order: "desc", ...options });
			return [...data.map(({ name, labels }) => name + Object.keys(labels).join()), hasMore];
		};
		expect(await namesOf({})).toEqual(["e", "dx", true]);
		expect(await namesOf({ after: ids[3] })).toEqual(["c", "b", true]);
		expect(await namesOf({ after: ids[1] })).toEqual(["a", false]);
		expect(await namesOf({ order: "asc", limit: 5 })).toEqual(["a", "b", "c", "dx", "e", false]);
		await prompts.remove("me", ids[2] as string);
		expect(await namesOf({ after: ids[2] })).toEqual(["b", "a", false]);
	});
});
