/** `llmw files` as a child process, against a real gateway. */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { gatewayFor, temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { resultOf } from "../kit/llmw.js";

test("llmw files sends, lists, shows, fetches and removes", { timeout: 90_000 }, async () => {
	const gateway = await gatewayFor({ url: "http://127.0.0.1:9" });
	const llmw = (...words: string[]) => resultOf(["files", ...words, "--url", gateway.baseUrl]);
	expect((await llmw()).stderr).toContain("no file is kept");
	const [lines, picture] = [temporaryFile("lines.jsonl", "{}\n"), temporaryFile("picture.png", "\u0089PNG\0")];
	const put = await llmw("put", lines, picture, "--purpose", "batch");
	const [first = "", second = ""] = put.stdout.trim().split("\n");
	expect([put.code, first, second]).toEqual([0, expect.stringMatching(/^file-\w+$/), expect.stringMatching(/^file-/)]);
	const rows = (await llmw("list")).stdout
		.trim()
		.split("\n")
		.map((row) => row.split(/ {2,}/));
	expect(rows.map(([id]) => id)).toEqual(["ID", second, first]);
	expect(rows[2]?.slice(2)).toEqual(["batch", "3", "–", basename(lines)]);
	expect((await llmw("list", "--purpose", "vision")).stderr).toContain("no file is kept");
	expect(JSON.parse((await llmw("get", first)).stdout)).toMatchObject({ id: first, purpose: "batch", bytes: 3 });
	expect((await llmw("get", first, "--output", "-")).stdout).toBe("{}\n");
	const to = join(temporaryFolder(), "fetched");
	expect(await llmw("get", second, "--output", to)).toMatchObject({ code: 0, stdout: "" });
	expect(readFileSync(to)).toEqual(readFileSync(picture));
	// What is there already is not written over.
	expect(await llmw("get", first, "--output", to)).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("EEXIST"),
	});
	expect((await llmw("rm", first, second)).stdout).toBe(`removed ${first}\nremoved ${second}\n`);
	expect(await llmw("get", first)).toMatchObject({ code: 1, stderr: expect.stringContaining(first) });
	expect(await llmw("put", "/nowhere/a.txt")).toMatchObject({ code: 1, stderr: expect.stringContaining("ENOENT") });
	expect((await llmw("nothing")).stderr).toContain("is followed by list, get ID");
	const { secret } = await addKey(gateway, { name: "first" });
	expect(await llmw()).toMatchObject({
		code: 1,
		stderr: expect.stringMatching(/answered 401: .* Give one by --key\.$/m),
	});
	expect((await llmw("--key", secret)).stderr).toContain("no file is kept");
});
