/** Turns of one conversation through several workers, some of which are killed. */
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { clientOf } from "../kit/routing.js";
import { completion } from "../kit/translated.js";

test("what is acknowledged is there, whole and in order, whichever worker was asked or killed", async () => {
	const host = await startAiHost((request, response, message) => {
		const { messages } = JSON.parse(request.body.toString()) as { messages: { content: unknown }[] };
		return completion({ content: `Re: ${messages.at(-1)?.content}` })(request, response, message);
	});
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "2", "--data", temporaryFolder()]);
	const client = clientOf({ baseUrl: `${llmw.url}/v1` });
	const { id } = await client.conversations.create();
	const acknowledged: string[] = [];
	const ask = async (input: string): Promise<void> => {
		for (;;)
			try {
				await client.responses.create({ model: "m", input, conversation: id }, { headers: { connection: "close" } });
				acknowledged.push(input);
				return;
			} catch (error) {
				// Another one's turn, which the vendor's clients try again.
				if ((error as { code?: string }).code !== "conversation_locked") throw error;
			}
	};
	await Promise.all(Array.from({ length: 12 }, (_none, index) => ask(`q${index}`)));
	const [victim] = await workerPids(llmw.url, 2);
	process.kill(victim as number, "SIGKILL");
	await expect
		.poll(
			() =>
				ask("after").then(
					() => true,
					() => false,
				),
			{ timeout: 20_000 },
		)
		.toBe(true);
	const { data } = await client.conversations.items.list(id, { limit: 100, order: "asc" });
	const texts = (data as unknown as { content: { text: string }[] }[]).map(({ content }) => content[0]?.text);
	const questions = texts.filter((_text, index) => index % 2 === 0);
	expect(texts).toEqual(questions.flatMap((question) => [question, `Re: ${question}`]));
	// A request that was cut off may have been answered all the same.
	expect([...new Set(questions)].toSorted()).toEqual(acknowledged.toSorted());
});
