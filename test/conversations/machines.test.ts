/** One conversation through two machines with one database. */
import { expect, onTestFinished, test } from "vitest";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { startGateway } from "../kit/gateway.js";
import { clientOf } from "../kit/routing.js";
import { overPostgres } from "../kit/stores.js";
import { completion } from "../kit/translated.js";

const repeating: HostAnswer = (request, response, message) => {
	const { messages } = JSON.parse(request.body.toString()) as { messages: { content: unknown }[] };
	return completion({ content: `Re: ${messages.at(-1)?.content}` })(request, response, message);
};

overPostgres(({ fresh }) => {
	async function machines(answer: HostAnswer) {
		const host = await startAiHost(answer);
		const store = (await fresh()).storeUrl as string;
		const gateways = [await startGateway(host.url, { store }), await startGateway(host.url, { store })];
		onTestFinished(async () => {
			await Promise.all(gateways.map((gateway) => gateway.stop()));
			await host.close();
		});
		return gateways.map(clientOf) as [ReturnType<typeof clientOf>, ReturnType<typeof clientOf>];
	}

	test("what one has acknowledged the other goes on from, whole and in order", async () => {
		const [one, other] = await machines(repeating);
		const { id } = await one.conversations.create();
		for (const [turn, client] of [one, other, one, other].entries())
			await client.responses.create({ model: "m", input: `q${turn}`, conversation: id });
		const { data } = await other.conversations.items.list(id, { limit: 100, order: "asc" });
		const texts = (data as unknown as { content: { text: string }[] }[]).map(({ content }) => content[0]?.text);
		expect(texts).toEqual(["q0", "Re: q0", "q1", "Re: q1", "q2", "Re: q2", "q3", "Re: q3"]);
		await one.conversations.delete(id);
		await expect(other.conversations.retrieve(id)).rejects.toMatchObject({ status: 404 });
	});

	test("of two turns at once one is refused, whichever machine it is asked of", async () => {
		let release = () => {};
		const released = new Promise<void>((resolve) => {
			release = resolve;
		});
		let asked = () => {};
		const begun = new Promise<void>((resolve) => {
			asked = resolve;
		});
		const [one, other] = await machines(async (request, response, message) => {
			asked();
			await released;
			return repeating(request, response, message);
		});
		const { id } = await one.conversations.create();
		const first = one.responses.create({ model: "m", input: "first", conversation: id });
		await begun;
		await expect(other.responses.create({ model: "m", input: "second", conversation: id })).rejects.toMatchObject({
			code: "conversation_locked",
		});
		release();
		expect((await first).status).toBe("completed");
		expect((await other.responses.create({ model: "m", input: "third", conversation: id })).output_text).toBe(
			"Re: third",
		);
	});
});
