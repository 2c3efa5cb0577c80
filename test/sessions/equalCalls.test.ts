/** An agent's loop: the same tools called with the same arguments, turn after turn, in each dialect's history. */
import { expect, onTestFinished, test } from "vitest";
import { type EqualCalls, equalCallsInRow } from "../../src/admission/equalCalls.js";
import { loopRefusal } from "../../src/admission/refusal.js";
import { noLimits } from "../../src/settings/limitSettings.js";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";
import { hostUsing, keyOf } from "../kit/limited.js";

/** How a dialect writes a turn that calls tools, with their results, and what a person says. */
interface Words {
	readonly list: "messages" | "input" | "contents";
	readonly turn: (calls: readonly (readonly [tool: string, input: object])[], at: number) => object[];
	readonly person: (text: string) => object;
}

const dialects: Readonly<Record<string, Words>> = {
	"chat completions": {
		list: "messages",
		turn: (calls, at) => [
			{
				role: "assistant",
				content: `Attempt ${at}.`,
				tool_calls: calls.map(([name, input], index) => ({
					id: `call_${at}_${index}`,
					type: "function",
					function: { name, arguments: JSON.stringify(input) },
				})),
			},
			...calls.map((_call, index) => ({ role: "tool", tool_call_id: `call_${at}_${index}`, content: `result ${at}` })),
		],
		person: (content) => ({ role: "user", content }),
	},
	Messages: {
		list: "messages",
		turn: (calls, at) => [
			{
				role: "assistant",
				content: [
					{ type: "thinking", thinking: `thought ${at}`, signature: `s${at}` },
					...calls.map(([name, input], index) => ({ type: "tool_use", id: `toolu_${at}_${index}`, name, input })),
				],
			},
			{
				role: "user",
				content: [
					...calls.map((_call, index) => ({
						type: "tool_result",
						tool_use_id: `toolu_${at}_${index}`,
						content: [{ type: "text", text: `result ${at}` }],
					})),
					{ type: "text", text: "<system-reminder>Mind the time.</system-reminder>" },
				],
			},
		],
		person: (text) => ({ role: "user", content: [{ type: "text", text }] }),
	},
	Responses: {
		list: "input",
		turn: (calls, at) => [
			{ type: "reasoning", summary: [], encrypted_content: `r${at}` },
			{ type: "message", role: "assistant", content: [{ type: "output_text", text: `Attempt ${at}.` }] },
			...calls.map(([name, input], index) => ({
				type: "function_call",
				call_id: `call_${at}_${index}`,
				name,
				arguments: JSON.stringify(input),
			})),
			...calls.map((_call, index) => ({
				type: "function_call_output",
				call_id: `call_${at}_${index}`,
				output: `result ${at}`,
			})),
		],
		person: (text) => ({ role: "user", content: [{ type: "input_text", text }] }),
	},
	"Responses' custom tools": {
		list: "input",
		turn: (calls, at) => [
			...calls.map(([name, input], index) => ({
				type: "custom_tool_call",
				id: `ctc_${at}`,
				call_id: `call_${at}_${index}`,
				name,
				input: Object.values(input).join(" "),
			})),
			{ type: "custom_tool_call_output", call_id: `call_${at}_0`, output: "done" },
		],
		person: (text) => ({ type: "message", role: "user", content: text }),
	},
	Gemini: {
		list: "contents",
		turn: (calls, at) => [
			{
				role: "model",
				parts: calls.map(([name, args], index) => ({
					functionCall: { id: `f_${at}_${index}`, name, args },
					thoughtSignature: `t${at}`,
				})),
			},
			{
				role: "user",
				parts: calls.map(([name], index) => ({
					functionResponse: { id: `f_${at}_${index}`, name, response: { output: `result ${at}` } },
				})),
			},
		],
		person: (text) => ({ role: "user", parts: [{ text }] }),
	},
	"Gemini in snake case": {
		list: "contents",
		turn: (calls) => [
			{ role: "model", parts: calls.map(([name, args]) => ({ function_call: { name, args } })) },
			{ role: "user", parts: calls.map(([name]) => ({ function_response: { name, response: {} } })) },
		],
		person: (text) => ({ role: "user", parts: [{ text }] }),
	},
};

const same = [["bash", { command: "npm test", cwd: "/a" }]] as const;
const other = [["bash", { command: "npm run build", cwd: "/a" }]] as const;
const pair = [...same, ["read", { path: "a" }]] as const;

type Step = readonly (readonly [string, object])[] | string;

/** How many equal turns end this history, in each dialect. */
const cases: readonly [what: string, steps: readonly Step[], turns: number | undefined][] = [
	["nothing called yet", ["Fix it."], undefined],
	["one call", ["Fix it.", same], 1],
	["three equal calls", ["Fix it.", other, same, same, same], 3],
	["a call that differs at the end", ["Fix it.", same, same, other], 1],
	["a call that differs in between", ["Fix it.", same, other, same], 1],
	["calls at the same time", ["Fix it.", pair, pair], 2],
	["calls at the same time, in another order", ["Fix it.", pair, pair.toReversed()], 2],
	["one of them alone", ["Fix it.", pair, same], 1],
	["a person's word after them", ["Fix it.", same, same, "Try something else."], undefined],
	["a person's word between them", ["Fix it.", same, "Again.", same], 1],
	["no more than are looked for", ["Fix it.", ...Array<Step>(9).fill(same)], 5],
];

for (const [dialect, { list, turn, person }] of Object.entries(dialects))
	test.each(cases)(`${dialect}: %s`, (_what, steps, turns) => {
		const history = steps.flatMap((step, at) => (typeof step === "string" ? [person(step)] : turn(step, at)));
		expect(equalCallsInRow({ [list]: history }, 5)?.turns).toBe(turns);
	});

test.each([
	["no history", {}],
	["a text", { input: "hi" }],
	["nonsense", { messages: [null, 7, { role: "assistant", tool_calls: "x" }, { role: 3 }, []] }],
	[
		"a turn without a call",
		{
			messages: [
				{ role: "user", content: "a" },
				{ role: "assistant", content: "b" },
			],
		},
	],
])("%s is no loop", (_what, body) => {
	expect(equalCallsInRow(body, 2)).toBeUndefined();
});

test("arguments are the same in any order, and none are compared that can't be", () => {
	const call = (text: string) => ({ role: "assistant", tool_calls: [{ function: { name: "a", arguments: text } }] });
	const turnsOf = (...texts: string[]) =>
		equalCallsInRow({ messages: texts.flatMap((text) => [call(text), { role: "tool", content: "" }]) }, 9)?.turns;
	expect(turnsOf('{"a": 1, "b": {"c": [1], "d": 2}}', '{"b":{"d":2,"c":[1]},"a":1}')).toBe(2);
	expect(turnsOf('{"a": 1', '{"a":1')).toBe(1);
	expect(turnsOf("[".repeat(200_000), "[".repeat(200_001))).toBe(1);
});

test("turns of any number of calls are read, and five tools are named", () => {
	const calls = Array.from({ length: 150_000 }, (_none, at) => ({ function: { name: `tool-${at % 8}` } }));
	const messages = [{ role: "assistant", tool_calls: calls }, { role: "tool" }];
	const { turns, tools } = equalCallsInRow({ messages: [...messages, ...messages] }, 2) as EqualCalls;
	expect(turns).toBe(2);
	const { message } = loopRefusal({ level: "key", name: "a", max: 2, label: "key:calls:equal" }, tools);
	expect(message).toContain('called "tool-0", "tool-1", "tool-2", "tool-3", "tool-4", 3 more with');
	const input = Array.from({ length: 60_000 }, () => ({ type: "function_call", name: "a", arguments: "{}" }));
	expect(equalCallsInRow({ input }, 2)?.turns).toBe(1);
});

test("a key's limit refuses the next turn in the client's words, and an agent that the user has spoken to goes on", async () => {
	const host = await hostUsing();
	const limits = { ...noLimits, keys: { equalToolCalls: 5 }, agents: { crew: { equalToolCalls: 2 } } };
	const gateway = await startGateway(host.url, { overlay: withoutRateLimit() }, undefined, { limits });
	onTestFinished(() => gateway.stop());
	const [plain, strict] = [
		await keyOf(gateway, { name: "plain" }),
		await keyOf(gateway, { name: "strict", limits: { equal_tool_calls: 3 } }),
	];
	const { turn, person } = dialects.Messages as Words;
	const ask = async (secret: string, count: number, more: object[] = [], agent = "x/1") => {
		const response = await fetch(`${gateway.baseUrl}/messages`, {
			method: "POST",
			headers: { "x-api-key": secret, "content-type": "application/json", "user-agent": agent },
			body: JSON.stringify({
				model: "m",
				max_tokens: 9,
				messages: [person("Fix it."), ...Array.from({ length: count }, (_, at) => turn(same, at)).flat(), ...more],
			}),
		});
		return { status: response.status, headers: response.headers, body: (await response.json()) as never };
	};
	const statuses = [await ask(plain, 4), await ask(plain, 5), await ask(strict, 2), await ask(plain, 2, [], "crew/1")];
	expect(statuses.map(({ status }) => status)).toEqual([200, 400, 200, 400]);
	const { status, headers, body } = await ask(strict, 3);
	expect([status, headers.get("x-should-retry"), body]).toMatchObject([
		400,
		"false",
		{
			type: "error",
			error: {
				type: "invalid_request_error",
				message: expect.stringMatching(
					/^The last 3 turns called "bash" with the same arguments, .* Stop here and tell/,
				),
			},
		},
	]);
	expect((await ask(strict, 3, [person("Try another way.")])).status).toBe(200);
});
