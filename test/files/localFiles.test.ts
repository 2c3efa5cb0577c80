/** Files that the gateway keeps itself, in a folder and in PostgreSQL: whole or not at all, and each its owner's. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderContents } from "../../src/files/folderContents.js";
import type { FileSettings } from "../../src/files/localFiles.js";
import { LocalFiles } from "../../src/files/localFiles.js";
import { temporaryFolder } from "../kit/gateway.js";
import { overBothStores } from "../kit/stores.js";

const megabyte = 1024 * 1024;

async function* pieces(...texts: (string | Buffer)[]) {
	for (const text of texts) yield Buffer.from(text);
}

async function textOf(content: AsyncIterable<Buffer>): Promise<string> {
	const all: Buffer[] = [];
	for await (const piece of content) all.push(Buffer.from(piece));
	return Buffer.concat(all).toString();
}

const file = { filename: "a.txt", purpose: "user_data" };

overBothStores(({ fresh, open }) => {
	async function setUp(bounds: Partial<FileSettings> = {}) {
		const place = await fresh();
		const clock = { now: 1_800_000_000_000 };
		const store = await open(place, () => clock.now);
		const settings = {
			...place,
			...{ filesQuotaBytes: 64 * megabyte, fileMaxAgeMs: undefined },
			...bounds,
		};
		const files = new LocalFiles(settings, store, () => clock.now);
		/** What is on disk or in the database. */
		const left = async () => {
			const folder = join(place.dataFolder ?? "", "files");
			return place.dataFolder !== undefined && existsSync(folder) ? readdirSync(folder) : [];
		};
		return { files, store, clock, left };
	}

	test("a file is kept whole, with its hash, and read as it came", async () => {
		const { files } = await setUp();
		const content = Buffer.alloc(3 * megabyte, "0123456789");
		const made = await files.create("key:1", file, pieces(content.subarray(0, 5), content.subarray(5)));
		expect(made).toMatchObject({ ...file, bytes: content.length, upstream: undefined });
		expect(made.sha256).toBe(createHash("sha256").update(content).digest("hex"));
		expect(await textOf(await files.read("key:1", made.id))).toBe(content.toString());
		const empty = await files.create("key:1", file, pieces());
		expect(await textOf(await files.read("key:1", empty.id))).toBe("");
	});

	test("another owner neither finds, reads, lists nor removes it", async () => {
		const { files, store } = await setUp();
		const made = await files.create("key:1", file, pieces("mine"));
		await expect(files.find("key:2", made.id)).rejects.toMatchObject({ status: 404, code: "file_not_found" });
		await expect(files.read("key:2", made.id)).rejects.toMatchObject({ status: 404 });
		expect((await store.files.list("key:2", { limit: 10, order: "desc" })).data).toEqual([]);
		expect(await store.files.remove("key:2", made.id)).toBe(false);
		expect(await textOf(await files.read("key:1", made.id))).toBe("mine");
	});

	test("nothing is left of one beyond the quota, or broken off", async () => {
		const { files, store, left } = await setUp({ filesQuotaBytes: megabyte });
		const large = () => files.create("key:1", file, pieces(Buffer.alloc(megabyte), "1"));
		await expect(large()).rejects.toMatchObject({ status: 413, code: "files_quota_exceeded" });
		await files.create("key:1", file, pieces(Buffer.alloc(megabyte - 1)));
		const second = files.create("key:1", file, pieces("12"));
		await expect(second).rejects.toMatchObject({ status: 413, code: "files_quota_exceeded" });
		await files.create("key:2", file, pieces("12"));
		async function* broken() {
			yield Buffer.alloc(10);
			throw new Error("gone");
		}
		await expect(files.create("key:2", file, broken())).rejects.toThrow("gone");
		expect(await store.files.usedBytes("key:1")).toBe(megabyte - 1);
		expect((await store.files.list("key:2", { limit: 10, order: "desc" })).data).toHaveLength(1);
		expect((await left()).length).toBeLessThanOrEqual(2);
	});

	test("one that has expired is gone, with its content", async () => {
		const { files, clock, left } = await setUp();
		const made = await files.create("key:1", { ...file, expiresAfter: 3_600 }, pieces("short"));
		const kept = await files.create("key:1", file, pieces("long"));
		clock.now += 3_600_001;
		await expect(files.find("key:1", made.id)).rejects.toMatchObject({ status: 404 });
		expect(await files.retain()).toBe(1);
		expect(await textOf(await files.read("key:1", kept.id))).toBe("long");
		expect((await left()).length).toBeLessThanOrEqual(2);
	});

	test("an upload becomes a file of its parts in the order that is asked for", async () => {
		const { files, store } = await setUp();
		const { uploads } = files;
		const upload = await uploads.create("key:1", { ...file, bytes: 6 });
		const first = await uploads.addPart("key:1", upload, pieces("def"));
		const second = await uploads.addPart("key:1", upload, pieces("abc"));
		const partIds = [second.id, first.id];
		const wrong = uploads.complete("key:1", upload, { partIds, md5: "0".repeat(32) });
		await expect(wrong).rejects.toMatchObject({ status: 400, code: "upload_checksum_mismatch" });
		const short = uploads.complete("key:1", upload, { partIds: [first.id] });
		await expect(short).rejects.toMatchObject({ code: "upload_length_mismatch" });
		const foreign = uploads.complete("key:1", upload, { partIds: ["part_x"] });
		await expect(foreign).rejects.toMatchObject({ code: "part_not_found" });
		const md5 = createHash("md5").update("abcdef").digest("hex");
		const made = await uploads.complete("key:1", upload, { partIds, md5 });
		expect(await textOf(await files.read("key:1", made.id))).toBe("abcdef");
		expect(await uploads.find("key:1", upload.id)).toMatchObject({ status: "completed", file: made.id });
		expect(await store.files.usedBytes("key:1")).toBe(6);
	});

	test("a part that comes many times in an upload counts as often for the quota", async () => {
		const { files, store } = await setUp({ filesQuotaBytes: 1_000 });
		await files.create("key:1", file, pieces(Buffer.alloc(500)));
		const upload = await files.uploads.create("key:1", { ...file, bytes: 1_000 });
		const { id } = await files.uploads.addPart("key:1", upload, pieces(Buffer.alloc(100)));
		const completing = files.uploads.complete("key:1", upload, { partIds: Array.from({ length: 10 }, () => id) });
		await expect(completing).rejects.toMatchObject({ status: 413, code: "files_quota_exceeded" });
		expect(await store.files.usedBytes("key:1")).toBe(600);
	});

	test("an upload takes nothing more once it is cancelled or its hour is over, and is nobody else's", async () => {
		const { files, store, clock } = await setUp();
		const { uploads } = files;
		const upload = await uploads.create("key:1", { ...file, bytes: 3 });
		await uploads.addPart("key:1", upload, pieces("abc"));
		await expect(uploads.find("key:2", upload.id)).rejects.toMatchObject({ status: 404, code: "upload_not_found" });
		await uploads.cancel("key:1", upload);
		const cancelled = await uploads.find("key:1", upload.id);
		await expect(uploads.addPart("key:1", cancelled, pieces("x"))).rejects.toMatchObject({ code: "upload_cancelled" });
		const late = await uploads.create("key:1", { ...file, bytes: 3 });
		await uploads.addPart("key:1", late, pieces("abc"));
		clock.now += 3_600_001;
		const expired = await uploads.find("key:1", late.id);
		await expect(uploads.addPart("key:1", expired, pieces("x"))).rejects.toMatchObject({ code: "upload_expired" });
		await files.retain();
		expect(await store.files.usedBytes("key:1")).toBe(0);
	});
});

test("a content is asked for when its file is open, which so can't appear after its removal", async () => {
	const folder = temporaryFolder();
	const contents = folderContents(folder, { unused: async () => [] });
	let found: string[] = [];
	// biome-ignore lint/correctness/useYield: it breaks off before its first piece.
	async function* broken(): AsyncGenerator<Buffer> {
		found = readdirSync(folder);
		throw new Error("gone");
	}
	await expect(contents.write("a", broken())).rejects.toThrow("gone");
	expect(found).toEqual(["a.part"]);
	expect(readdirSync(folder)).toEqual([]);
});
