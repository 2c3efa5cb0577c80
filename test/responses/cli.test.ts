/** `llmw responses` as a child process, against a real gateway. */
import { expect, onTestFinished, test } from "vitest";
import { gatewayFor } from "../kit/gateway.js";
import { resultOf } from "../kit/llmw.js";
import { overChat, startTurnHost } from "../kit/responses.js";
import { clientOf, gatewayWith, route, startLab, upstream } from "../kit/routing.js";

test("llmw responses lists, shows, exports and removes", { timeout: 60_000 }, async () => {
	const host = await startTurnHost(overChat);
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host);
	const client = clientOf(gateway);
	const llmw = (...args: string[]) => resultOf(["responses", ...args, "--url", gateway.baseUrl]);
	expect((await llmw("list")).stderr).toContain("no response is kept");
	const first = await client.responses.create({ model: "m", input: "One" });
	const second = await client.responses.create({ model: "m", input: "Two", previous_response_id: first.id });
	const other = await client.responses.create({ model: "n", input: "Else" });
	const listed = await llmw("list");
	expect(listed).toMatchObject({ code: 0, stderr: "" });
	const rows = listed.stdout
		.trim()
		.split("\n")
		.map((line) => line.split(/ {2,}/));
	expect(rows.map(([id]) => id)).toEqual(["ID", other.id, second.id, first.id]);
	expect(rows[2]?.slice(2)).toEqual(["completed", "m", "3 + 2", first.id, "gateway"]);
	const ofThread = await llmw("list", "--thread", first.id, "--json");
	expect(
		ofThread.stdout
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line).id),
	).toEqual([second.id, first.id]);
	const shown = JSON.parse((await llmw("get", second.id)).stdout);
	expect(shown).toMatchObject({ id: second.id, previous_response_id: first.id });
	expect(shown.input.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant", "user"]);
	const exported = await llmw("export", "--model", "m");
	expect(exported.stderr).toContain("2 exported");
	expect(
		exported.stdout
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line)),
	).toMatchObject([
		{ thread: first.id, id: first.id },
		{ thread: first.id, id: second.id },
	]);
	expect((await llmw("rm", first.id, other.id)).stdout).toBe(`removed ${first.id}\nremoved ${other.id}\n`);
	expect(await llmw("get", first.id)).toMatchObject({ code: 1, stderr: expect.stringContaining(first.id) });
	expect((await llmw("nothing")).stderr).toContain("is followed by list, get ID");
});

test("an export goes on without those that their upstream has no more, and names them", {
	timeout: 60_000,
}, async () => {
	const host = await startTurnHost(overChat);
	onTestFinished(() => host.close());
	const forgetful = await startLab(); // answers responses, and has none of them afterwards
	const gateway = await gatewayWith({
		upstreams: [
			upstream("own", host.url),
			upstream("forgetful", forgetful.url, { dialects: ["openai.responses"], keepsResponses: true }),
		],
		routes: [route(["own"], { models: ["m"] }), route(["forgetful/ok"], { models: ["n"] })],
	});
	const client = clientOf(gateway);
	const ids: string[] = [];
	for (const model of ["m", "n", "m"]) ids.push((await client.responses.create({ model, input: "One" })).id);
	const exported = await resultOf(["responses", "export", "--url", gateway.baseUrl]);
	const found = exported.stdout
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line).id);
	expect(found).toEqual([ids[0], ids[2]]);
	expect(exported.stderr).toContain("2 exported");
	expect(exported).toMatchObject({ code: 1, stderr: expect.stringContaining(`responses/${ids[1]}: answered 404`) });
});
