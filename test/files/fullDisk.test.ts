/** Files on a disk without room. */
import { toFile } from "openai";
import { expect, onTestFinished, test } from "vitest";
import { openaiFor } from "../batches/kit.js";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";
import { fill, smallDisk } from "../kit/smallDisk.js";

test.each([
	["large", 300_000],
	["small", 1],
])("a %s file can be deleted on a full disk, and makes room", async (_size, bytes) => {
	const folder = smallDisk();
	if (folder === undefined) return;
	const gateway = await startGateway("http://127.0.0.1:9", { data: folder, overlay: withoutRateLimit() });
	onTestFinished(() => gateway.stop());
	const { files } = openaiFor(gateway.url);
	const send = async () => files.create({ file: await toFile(Buffer.alloc(bytes), "a"), purpose: "user_data" });
	const { id } = await send();
	const empty = fill(folder);
	await expect(send()).rejects.toMatchObject({ status: 507 });
	expect(await files.delete(id)).toMatchObject({ deleted: true });
	await expect(files.retrieve(id)).rejects.toMatchObject({ status: 404 });
	await expect(files.delete(id)).rejects.toMatchObject({ status: 404 });
	empty();
	await send();
});
