import { describe, expect, test } from "vitest";
import type { Page } from "../../src/store/page.js";
import type { CompletionFilter, CompletionStore } from "../../src/store/store.js";
import { aCompletion, overBothStores } from "../kit/stores.js";

const at = 1_700_000_000;

/** The ids of a page, and whether there are more. */
async function idsOf(completions: CompletionStore, options: Partial<Page> & CompletionFilter = {}) {
	const { data, hasMore } = await completions.list("me", { limit: 20, order: "desc", ...options });
	return [...data.map(({ id }) => id), hasMore];
}

overBothStores(({ open, fresh }) => {
	test("a completion comes back as it was given", async () => {
		const { completions } = await open();
		const given = aCompletion("a", { metadata: { team: "support", run: "7" }, status: "incomplete" });
		await completions.add("me", given);
		expect(await completions.get("me", "a")).toEqual(given);
		expect(await completions.count()).toBe(1);
		const bare = aCompletion("b", { promptTokens: undefined, completionTokens: undefined });
		await completions.add("me", bare);
		expect(await completions.get("me", "b")).toEqual(bare);
	});

	test("any metadata comes back as it was, and is found", async () => {
		const { completions } = await open();
		const metadata = { "\0 \ud800": "' \" \\ 🦆 \0 %s $1 ?", __proto__x: "", ["k".repeat(64)]: "🦆".repeat(512) };
		await completions.add("me", aCompletion("a", { metadata }));
		expect(await completions.get("me", "a")).toMatchObject({ metadata });
		expect(await idsOf(completions, { metadata })).toEqual(["a", false]);
	});

	test("metadata whose names are the same once they are stored does not keep others from being stored", async () => {
		const { completions } = await open();
		const metadata = { "\0": "1", "\ufffd": "2", "\ud800": "3", "\udc00": "4" };
		await Promise.all([
			completions.add("me", aCompletion("a", { metadata })),
			completions.add("me", aCompletion("b", { metadata: { team: "red" } })),
		]);
		expect(await completions.get("me", "a")).toMatchObject({ metadata });
		expect(await idsOf(completions, { metadata: { team: "red" } })).toEqual(["b", false]);
		await completions.update("me", "b", metadata);
		expect(await completions.get("me", "b")).toMatchObject({ metadata });
	});

	test("of two records with one id the first is kept, and the others of the batch are stored", async () => {
		const { completions } = await open();
		await completions.add("me", aCompletion("a"));
		await Promise.all([
			completions.add("me", aCompletion("b")),
			completions.add("you", aCompletion("a", { response: "{}" })),
			completions.add("me", aCompletion("c")),
			completions.add("me", aCompletion("c", { response: "{}" })),
		]);
		expect(await idsOf(completions)).toEqual(["c", "b", "a", false]);
		for (const id of ["a", "c"]) expect(await completions.get("me", id)).toEqual(aCompletion(id));
	});

	test("nobody sees or changes another's completion", async () => {
		const { completions } = await open();
		await completions.add("me", aCompletion("a", { metadata: { team: "support" } }));
		expect(await completions.get("you", "a")).toBeUndefined();
		const page = { limit: 5, order: "desc" } as const;
		for (const filter of [{}, { model: "small" }, { metadata: { team: "support" } }])
			expect((await completions.list("you", { ...page, ...filter })).data).toEqual([]);
		const missing = { problem: "not_found", message: 'There is no stored chat completion "a".' };
		await expect(completions.list("you", { ...page, after: "a" })).rejects.toMatchObject(missing);
		await expect(completions.update("you", "a", {})).rejects.toMatchObject(missing);
		expect(await completions.remove("you", "a")).toBe(false);
		expect(await completions.get("me", "a")).toBeDefined();
	});

	test("metadata is replaced, and found by what it is now", async () => {
		const { completions } = await open();
		await completions.add("me", aCompletion("a", { metadata: { team: "support", run: "7" } }));
		const changed = aCompletion("a", { metadata: { team: "sales" } });
		expect(await completions.update("me", "a", { team: "sales" })).toEqual(changed);
		expect(await completions.get("me", "a")).toEqual(changed);
		expect(await idsOf(completions, { metadata: { team: "support" } })).toEqual([false]);
		expect(await idsOf(completions, { metadata: { run: "7" } })).toEqual([false]);
		expect(await idsOf(completions, { metadata: { team: "sales" } })).toEqual(["a", false]);
	});

	test("a removed completion is gone, with its metadata", async () => {
		const { completions } = await open();
		await completions.add("me", aCompletion("a", { metadata: { team: "support" } }));
		expect(await completions.remove("me", "a")).toBe(true);
		expect(await completions.remove("me", "a")).toBe(false);
		expect(await completions.get("me", "a")).toBeUndefined();
		expect(await idsOf(completions, { metadata: { team: "support" } })).toEqual([false]);
		await completions.add("me", aCompletion("a"));
		expect(await idsOf(completions)).toEqual(["a", false]);
	});

	describe("lists", () => {
		/** Twelve in pairs of the same second, stored in another order than that of their times. */
		async function filled() {
			const store = await open();
			for (const number of [6, 7, 0, 1, 2, 3, 10, 11, 4, 5, 8, 9])
				await store.completions.add(
					"me",
					aCompletion(`c${number}`, {
						createdAt: at + Math.floor(number / 2),
						model: number % 3 === 0 ? "large" : "small",
						status: number === 4 ? "failed" : number === 9 ? "incomplete" : "completed",
						metadata: { parity: number % 2 === 0 ? "even" : "odd", ...(number > 8 && { late: "yes" }) },
					}),
				);
			return store.completions;
		}

		const filters: [name: string, filter: CompletionFilter, expected: number[]][] = [
			["everything", {}, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
			["a model", { model: "large" }, [9, 6, 3, 0]],
			["no such model", { model: "medium" }, []],
			["a status", { status: "failed" }, [4]],
			["the usual status", { status: "completed" }, [11, 10, 8, 7, 6, 5, 3, 2, 1, 0]],
			["a pair of metadata", { metadata: { parity: "even" } }, [10, 8, 6, 4, 2, 0]],
			["two pairs", { metadata: { parity: "odd", late: "yes" } }, [11, 9]],
			["no such pair", { metadata: { parity: "none" } }, []],
			["no such pair beside another", { metadata: { parity: "odd", late: "no" } }, []],
			["a pair and a model", { metadata: { parity: "even" }, model: "large" }, [6, 0]],
			["a pair and a status", { metadata: { parity: "even" }, status: "failed" }, [4]],
			["all at once", { metadata: { parity: "odd", late: "yes" }, model: "large", status: "incomplete" }, [9]],
			["a time before", { createdBefore: at + 1 }, [1, 0]],
			["a time after", { createdAfter: at + 4 }, [11, 10]],
			["times and a pair", { createdAfter: at, createdBefore: at + 4, metadata: { parity: "odd" } }, [7, 5, 3]],
			["times and a model", { createdAfter: at, createdBefore: at + 4, model: "large" }, [6, 3]],
		];
		test.each(filters)("by %s, whole and in pages, both ways", async (_name, filter, numbers) => {
			const completions = await filled();
			const ids = numbers.map((number) => `c${number}`);
			for (const [order, expected] of [
				["desc", ids],
				["asc", [...ids].reverse()],
			] as const) {
				expect(await idsOf(completions, { ...filter, order })).toEqual([...expected, false]);
				const paged: string[] = [];
				for (let hasMore = true; hasMore; ) {
					const after = paged.at(-1);
					const page = await completions.list("me", { ...filter, order, limit: 3, after });
					expect(page.data.length).toBeLessThanOrEqual(3);
					paged.push(...page.data.map(({ id }) => id));
					hasMore = page.hasMore;
				}
				expect(paged).toEqual(expected);
			}
		});

		test("a summary is without texts", async () => {
			const completions = await filled();
			const page = { limit: 1, order: "desc" } as const;
			const whole = (await completions.list("me", page)).data[0];
			expect(whole).toMatchObject({ request: aCompletion("c11").request, response: aCompletion("c11").response });
			const summary = (await completions.list("me", { ...page, summary: true })).data[0];
			expect(summary).toEqual({ ...whole, request: "", response: "" });
		});

		test("whoever removes what was listed pages on after it", async () => {
			const completions = await filled();
			let removed = 0;
			for (let after: string | undefined, hasMore = true; hasMore; ) {
				const page = await completions.list("me", { limit: 5, order: "desc", after });
				for (const { id } of page.data) removed += (await completions.remove("me", id)) ? 1 : 0;
				after = page.data.at(-1)?.id;
				hasMore = page.hasMore;
			}
			expect(removed).toBe(12);
			expect(await completions.count()).toBe(0);
		});

		test("a cursor that never was is refused", async () => {
			const completions = await filled();
			await expect(idsOf(completions, { after: "c99" })).rejects.toMatchObject({ problem: "not_found" });
		});

		test("what is rare is found among much that isn't", async () => {
			const { completions } = await open();
			await Promise.all(
				Array.from({ length: 3_000 }, (_, number) =>
					completions.add(
						"me",
						aCompletion(`c${number}`, {
							createdAt: at + number,
							model: number === 70 ? "rare" : "small",
							metadata: { all: "yes", half: String(number % 2), ...(number === 71 && { one: "yes" }) },
						}),
					),
				),
			);
			expect(await idsOf(completions, { model: "rare", metadata: { all: "yes" } })).toEqual(["c70", false]);
			expect(await idsOf(completions, { metadata: { all: "yes", half: "1", one: "yes" } })).toEqual(["c71", false]);
			expect(await idsOf(completions, { limit: 2, metadata: { all: "yes", half: "1" } })).toEqual([
				"c2999",
				"c2997",
				true,
			]);
			expect(await idsOf(completions, { limit: 1, model: "small", metadata: { all: "yes" } })).toEqual(["c2999", true]);
		});
	});

	test("pairs that many records have are found together where they meet, be it never, seldom or late", async () => {
		const { completions } = await open();
		const count = 4_000;
		await Promise.all(
			Array.from({ length: count }, (_, number) => {
				// Only the oldest ten of each have both, and a thousand after them.
				const meets = number < 10 || number === 1_500;
				const metadata = { left: meets || number % 2 ? "1" : "0", right: meets || number % 2 === 0 ? "1" : "0" };
				const model = number % 4 < 2 ? "small" : "large";
				return completions.add(
					"me",
					aCompletion(`c${number}`, { createdAt: at + Math.floor(number / 3), metadata, model }),
				);
			}),
		);
		const both = { metadata: { left: "1", right: "1" } };
		const expected = [1_500, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((number) => `c${number}`);
		expect(await idsOf(completions, both)).toEqual([...expected, false]);
		expect(await idsOf(completions, { ...both, limit: 3 })).toEqual(["c1500", "c9", "c8", true]);
		expect(await idsOf(completions, { ...both, limit: 3, after: "c8" })).toEqual(["c7", "c6", "c5", true]);
		expect(await idsOf(completions, { ...both, order: "asc", after: "c8" })).toEqual(["c9", "c1500", false]);
		expect(await idsOf(completions, { ...both, model: "small" })).toEqual([
			"c1500",
			"c9",
			"c8",
			"c5",
			"c4",
			"c1",
			"c0",
			false,
		]);
		expect(await idsOf(completions, { ...both, createdBefore: at + 3, createdAfter: at })).toEqual([
			...["c8", "c7", "c6", "c5", "c4", "c3"],
			false,
		]);
		expect(await idsOf(completions, { ...both, status: "failed" })).toEqual([false]);
		expect(await idsOf(completions, { metadata: { left: "0", right: "0" } })).toEqual([false]);
	});

	describe("retention", () => {
		async function aged(count: number) {
			const store = await open(await fresh(), () => (at + count) * 1000);
			await Promise.all(
				Array.from({ length: count }, (_, number) =>
					store.completions.add(number % 2 ? "me" : "you", aCompletion(`c${number}`, { createdAt: at + number })),
				),
			);
			return store.completions;
		}

		test("removes what is too old, in as many turns as it takes", async () => {
			const completions = await aged(450);
			expect(await completions.retain({ maxAgeMs: 5_000 })).toBe(445);
			expect(await idsOf(completions)).toEqual(["c449", "c447", "c445", false]);
			expect(await completions.retain({ maxAgeMs: 5_000 })).toBe(0);
		});

		test("removes the oldest of all owners when there are too many", async () => {
			const completions = await aged(450);
			expect(await completions.retain({ maxCount: 5 })).toBe(445);
			expect(await completions.count()).toBe(5);
			expect(await idsOf(completions)).toEqual(["c449", "c447", "c445", false]);
			expect(await completions.retain({ maxCount: 5 })).toBe(0);
		});

		test("removes nothing where nothing is asked for", async () => {
			const completions = await aged(3);
			expect(await completions.retain({})).toBe(0);
			expect(await completions.count()).toBe(3);
		});

		test("removes no more when several do it at once", async () => {
			const settings = await fresh();
			const [one, other] = [await open(settings), await open(settings)];
			await Promise.all(
				Array.from({ length: 900 }, (_, number) => one.completions.add("me", aCompletion(`c${number}`))),
			);
			const removed = await Promise.all([one, other].map(({ completions }) => completions.retain({ maxCount: 300 })));
			expect((removed[0] as number) + (removed[1] as number)).toBe(600);
			expect(await one.completions.count()).toBe(300);
		});
	});
});
