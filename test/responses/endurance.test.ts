/** Long threads with tools, through the death of any process, and over two machines with one database. */
import { describe, expect, onTestFinished, test } from "vitest";
import { type HostAnswer, sendJson } from "../kit/aiHost.js";
import { temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { startTurnHost } from "../kit/responses.js";
import { overPostgres } from "../kit/stores.js";

type Json = Record<string, unknown>;

/** Every odd turn is a call of a tool, every even one the answer to its result. */
const withTools: HostAnswer = ({ body }, response) => {
	const { messages } = JSON.parse(body.toString()) as { messages: Json[] };
	const isResult = messages.at(-1)?.role === "tool";
	const call = { id: `call_${messages.length}`, type: "function", function: { name: "look", arguments: "{}" } };
	const said = isResult ? { content: `answer ${messages.length}` } : { content: null, tool_calls: [call] };
	sendJson(response, {
		id: "c",
		object: "chat.completion",
		created: 1,
		model: "parrot",
		choices: [{ index: 0, message: { role: "assistant", ...said }, finish_reason: isResult ? "stop" : "tool_calls" }],
		usage: { prompt_tokens: messages.length, completion_tokens: 1, total_tokens: messages.length + 1 },
	});
};

interface Turn {
	readonly id: string;
	readonly output: Json[];
}

/** @returns undefined if the answer has not come */
async function ask(url: string, previous: Turn | undefined, turn: number): Promise<Turn | undefined> {
	const call = previous?.output.find(({ type }) => type === "function_call");
	const input =
		call === undefined
			? [{ role: "user", content: `question ${turn}` }]
			: [{ type: "function_call_output", call_id: call.call_id, output: `result ${turn}` }];
	try {
		const response = await fetch(`${url}/v1/responses`, {
			method: "POST",
			// Connections of its own spread turns over all workers.
			headers: { "content-type": "application/json", connection: "close" },
			body: JSON.stringify({ model: "m", input, previous_response_id: previous?.id }),
		});
		const text = await response.text();
		if (response.status === 200) return JSON.parse(text) as Turn;
		// Only a gateway that is not there, or just ending, may not know what it has said.
		expect(text).not.toContain("previous_response_not_found");
		return undefined;
	} catch (error) {
		if (error instanceof Error && error.name === "AssertionError") throw error;
		return undefined;
	}
}

/** Asks until an answer has come. */
async function turnOf(urlOf: () => string, previous: Turn | undefined, turn: number): Promise<Turn> {
	for (;;) {
		const answer = await ask(urlOf(), previous, turn);
		if (answer !== undefined) return answer;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

/** Items that the model was given for the last turn, by their kind. */
async function inputOf(url: string, id: string): Promise<string[]> {
	const kinds: string[] = [];
	for (let after = ""; ; ) {
		const response = await fetch(`${url}/v1/responses/${id}/input_items?order=asc&limit=100${after}`);
		const page = (await response.json()) as {
			data: { type?: string; role?: string }[];
			has_more: boolean;
			last_id: string;
		};
		kinds.push(...page.data.map(({ type, role }) => (type === undefined || type === "message" ? `${role}` : type)));
		if (!page.has_more) return kinds;
		after = `&after=${page.last_id}`;
	}
}

const ofRound = ["user", "function_call", "function_call_output", "assistant"];
const expected = (turns: number) =>
	Array.from({ length: turns / 2 }, () => ofRound)
		.flat()
		.slice(0, -1);

const turns = 200;

test("200 turns with tools lose nothing, though a worker is killed at each tenth, and all of it at each fiftieth", {
	timeout: 240_000,
}, async () => {
	const host = await startTurnHost(withTools);
	onTestFinished(() => host.close());
	const flags = ["--workers", "2", "--data", temporaryFolder(), "--overlay", withoutRateLimit()];
	let llmw = await serveLlmw(host, flags);
	let last: Turn | undefined;
	for (let turn = 1; turn <= turns; turn += 1) {
		const going = turnOf(() => llmw.url, last, turn);
		if (turn % 10 === 5) process.kill((await workerPids(llmw.url, 2))[turn % 2] as number, "SIGKILL");
		if (turn % 50 === 0) {
			const pids = await workerPids(llmw.url, 2);
			for (const pid of [llmw.pid(), ...pids]) process.kill(pid, "SIGKILL");
			await llmw.exited;
			llmw = await serveLlmw(host, flags);
		}
		last = await going;
	}
	expect(await inputOf(llmw.url, last?.id as string)).toEqual(expected(turns));
	const messages = host.asked().at(-1)?.messages as Json[];
	expect(messages).toHaveLength(2 * turns - 1);
	const calls = messages.flatMap(({ tool_calls: calls }) =>
		calls === undefined ? [] : (calls as Json[]).map(({ id }) => id),
	);
	expect(messages.flatMap(({ tool_call_id: id }) => id ?? [])).toEqual(calls);
});

overPostgres(({ fresh }) => {
	describe("two machines with one database", () => {
		test("go on from each other's responses, turn after turn", { timeout: 60_000 }, async () => {
			const host = await startTurnHost(withTools);
			onTestFinished(() => host.close());
			const { storeUrl } = await fresh();
			const flags = ["--workers", "1", "--store", storeUrl as string, "--overlay", withoutRateLimit()];
			const machines = [await serveLlmw(host, flags), await serveLlmw(host, [...flags, "--data", temporaryFolder()])];
			let last: Turn | undefined;
			for (let turn = 1; turn <= 20; turn += 1)
				last = await turnOf(() => machines[turn % 2]?.url as string, last, turn);
			for (const { url } of machines) expect(await inputOf(url, last?.id as string)).toEqual(expected(20));
			const [one, other] = machines as [(typeof machines)[0], (typeof machines)[0]];
			await fetch(`${one.url}/v1/responses/${last?.id}`, { method: "DELETE" });
			const gone = await fetch(`${other.url}/v1/responses`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ model: "m", input: "x", previous_response_id: last?.id }),
			});
			expect(await gone.json()).toMatchObject({ error: { code: "previous_response_not_found" } });
		});
	});
});
