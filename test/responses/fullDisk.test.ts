import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { gatewayFor } from "../kit/gateway.js";
import { clientOf } from "../kit/routing.js";
import { fill, smallDisk } from "../kit/smallDisk.js";

test("a response that can't be kept is an error that says so, what was kept stays, and there is room again", async ({
	skip,
}) => {
	const data = smallDisk();
	if (data === undefined) return skip("only root can mount a small disk");
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host, { data });
	const client = clientOf(gateway);
	const body = { model: "test-model", input: "x".repeat(50_000), store: true };
	const kept = [(await client.responses.create(body)).id];
	const makeRoom = fill(data);
	let failure: unknown;
	for (let count = 0; failure === undefined && count < 100; count += 1)
		await client.responses.create(body).then(
			({ id }) => kept.push(id),
			(error: unknown) => {
				failure = error;
			},
		);
	expect(failure).toMatchObject({ status: 507, message: expect.stringMatching(/full|space/) });
	// Who has not asked for it gets the answer, which says that it isn't kept.
	const unasked: object = await client.responses.create({ ...body, store: undefined as never });
	expect(unasked).toMatchObject({ status: "completed", store: false });
	const types: string[] = [];
	const stream = await client.responses.create({ ...body, stream: true });
	for await (const { type } of stream) types.push(type);
	expect(types.at(-1)).toBe("response.failed");
	expect(types).not.toContain("response.completed");
	makeRoom();
	for (const id of kept) expect((await client.responses.retrieve(id)).id).toBe(id);
	const next = await client.responses.create({ ...body, previous_response_id: kept.at(-1) ?? "" });
	expect(next.status).toBe("completed");
});
