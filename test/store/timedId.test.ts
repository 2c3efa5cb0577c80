import { expect, test } from "vitest";
import { newTimedId } from "../../src/store/newId.js";

test("ids that are made later sort later, and those of one moment differ", () => {
	const times = [0, 1, 61, 62, 1_700_000_000_000, 1_700_000_000_001, 1_899_999_999_999, 4_102_444_800_000];
	const ids = times.map((time) => newTimedId("usage_", 24, time));
	expect([...ids].sort()).toEqual(ids);
	for (const id of ids) expect(id).toMatch(/^usage_[0-9A-Za-z]{24}$/);
	const atOnce = Array.from({ length: 10_000 }, () => newTimedId("usage_", 24, 1_700_000_000_000));
	expect(new Set(atOnce).size).toBe(10_000);
	expect(new Set(atOnce.map((id) => id.slice(0, 14))).size).toBe(1);
});
