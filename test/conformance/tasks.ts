/** The tasks: what the scripted model does, and how it is judged by what the agent did. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent, Folders } from "./agents.js";
import type { Format } from "./formats/format.js";
import type { Ended } from "./sandbox.js";
import type { Action, Asked, Script, Turn } from "./script.js";

export interface Place {
	readonly agent: Agent;
	readonly format: Format;
	readonly folders: Folders;
	/** Unique to the case. */
	readonly nonce: string;
}

export interface Finding {
	readonly ended: Ended;
	/** What the upstream was asked, without requests for titles. */
	readonly asked: readonly Asked[];
	/** Turns that the gateway was asked for over WebSockets. */
	readonly socketTurns: number;
}

export interface Task {
	readonly name: string;
	readonly title: string;
	readonly timeoutMs: number;
	isFor(agent: Agent): boolean;
	/** The agent's arguments for it, besides its own. */
	readonly args?: readonly string[];
	script(place: Place): Script;
	/** @returns what is wrong; empty if the agent did it all */
	judge(place: Place, finding: Finding): string[];
}

const said = (nonce: string) => `All is done, ${nonce}.`;

const answer = (turn: Turn, afterMs = 0): Action => ({ kind: "answer", turn, afterMs });

const lastWords = ({ nonce }: Place): Action => answer({ text: ["All is ", `done, ${nonce}.`] });

const firstCall = ({ agent, folders, nonce }: Place): Turn => ({
	text: ["I create it ", "with a tool."],
	calls: [agent.write("1", join(folders.work, "hello.txt"), nonce)],
});

/** The file is written at the first turn; then the model says that all is done. */
function writing(place: Place, begin: (count: number) => Action = () => answer(firstCall(place))): Script {
	return (asked, count) => (asked.results.length === 0 ? begin(count) : lastWords(place));
}

function fileProblem({ folders, nonce }: Place, name = "hello.txt"): string[] {
	const file = join(folders.work, name);
	if (!existsSync(file)) return [`${name} was not written`];
	const content = readFileSync(file, "utf8").trim();
	return content === nonce ? [] : [`${name} holds ${JSON.stringify(content.slice(0, 80))}`];
}

function endProblems({ nonce }: Place, { ended }: Finding): string[] {
	const problems: string[] = [];
	if (ended.code === undefined) problems.push(`it did not end in ${Math.round(ended.seconds)} s`);
	else if (ended.code !== 0) problems.push(`exit code ${ended.code}`);
	if (!ended.stdout.includes(said(nonce))) problems.push("the last answer was not printed");
	return problems;
}

function resultProblems({ asked }: Finding, count: number): string[] {
	const results = asked.at(-1)?.results.length ?? 0;
	return results === count ? [] : [`the upstream got ${results} results of tools instead of ${count}`];
}

const everyAgent = () => true;

const judgeWriting: Task["judge"] = (place, finding) => [
	...endProblems(place, finding),
	...fileProblem(place),
	...resultProblems(finding, 1),
];

/** What the agent has been through shows in how often the upstream was asked. */
const judgeAfter =
	(least: number): Task["judge"] =>
	(place, finding) => {
		const count = finding.asked.length;
		const problems = judgeWriting(place, finding);
		return count < least ? [...problems, `the upstream was asked ${count} times, less than ${least}`] : problems;
	};

/** So many requests are refused: more than the gateway's own attempts for one request. */
const refusals = 3;

const thought = ({ nonce }: Place) => `The file must hold ${nonce}, so I write it with a tool.`;
const signature = ({ nonce }: Place) => Buffer.from(`signature of ${nonce} `.repeat(6)).toString("base64");

export const tasks: readonly Task[] = [
	{
		name: "write",
		title: "write a file by a tool",
		timeoutMs: 60_000,
		isFor: everyAgent,
		script: (place) => writing(place),
		judge: judgeWriting,
	},
	{
		name: "two-calls",
		title: "two calls in one turn",
		timeoutMs: 60_000,
		isFor: everyAgent,
		script: (place) => {
			const { agent, folders, nonce } = place;
			const calls = ["one.txt", "two.txt"].map((name, index) =>
				agent.write(String(index + 1), join(folders.work, name), nonce),
			);
			return writing(place, () => answer({ text: ["I create both."], calls }));
		},
		judge: (place, finding) => [
			...endProblems(place, finding),
			...fileProblem(place, "one.txt"),
			...fileProblem(place, "two.txt"),
			...resultProblems(finding, 2),
		],
	},
	{
		name: "thinking",
		title: "thinking kept over the tool loop",
		timeoutMs: 60_000,
		isFor: everyAgent,
		script: (place) =>
			writing(place, () =>
				answer({ ...firstCall(place), thinking: { text: thought(place), signature: signature(place) } }),
			),
		judge(place, finding) {
			const problems = judgeWriting(place, finding);
			const last = finding.asked.at(-1);
			const isKept =
				place.format.name === "chat"
					? last?.thoughts.some((text) => text.includes(thought(place)))
					: last?.signatures.includes(signature(place));
			if (isKept) return problems;
			return [...problems, `${place.format.name === "chat" ? "the thoughts" : "the signature"} did not come back`];
		},
	},
	{
		name: "patch",
		title: "a freeform patch",
		timeoutMs: 60_000,
		isFor: ({ patch }) => patch !== undefined,
		script: (place) => {
			const { agent, nonce } = place;
			const call = agent.patch?.("1", "hello.txt", nonce);
			return writing(place, () => answer({ text: ["I patch it."], calls: call === undefined ? [] : [call] }));
		},
		judge: judgeWriting,
	},
	{
		name: "websocket",
		title: "a task over a WebSocket, turn after turn",
		timeoutMs: 60_000,
		isFor: ({ name }) => name === "codex",
		args: ["-c", "model_providers.llmgw.supports_websockets=true"],
		script: (place) => writing(place),
		judge: (place, finding) => {
			const problems = judgeWriting(place, finding);
			const { socketTurns } = finding;
			return socketTurns >= 2 ? problems : [...problems, `${socketTurns} turns came over a WebSocket instead of two`];
		},
	},
	{
		name: "retry-after",
		title: "a 429 with `retry-after`",
		timeoutMs: 90_000,
		isFor: everyAgent,
		script: (place) =>
			writing(place, (count) =>
				count < refusals ? { kind: "refuse", status: 429, headers: { "retry-after": "1" } } : answer(firstCall(place)),
			),
		judge: judgeAfter(refusals + 2),
	},
	{
		name: "429",
		title: "a 429 without",
		timeoutMs: 120_000,
		isFor: everyAgent,
		script: (place) =>
			writing(place, (count) => (count < refusals ? { kind: "refuse", status: 429 } : answer(firstCall(place)))),
		judge: judgeAfter(refusals + 2),
	},
	{
		name: "cut",
		title: "a stream cut in its text",
		timeoutMs: 90_000,
		isFor: everyAgent,
		script: (place) =>
			writing(place, (count) => (count === 0 ? { kind: "cut", turn: firstCall(place) } : answer(firstCall(place)))),
		judge: judgeAfter(3),
	},
	{
		name: "late",
		title: "an upstream that is silent for 8 s, with pings",
		timeoutMs: 90_000,
		isFor: everyAgent,
		script: (place) => writing(place, () => answer(firstCall(place), 8_000)),
		judge(place, finding) {
			const problems = judgeWriting(place, finding);
			const count = finding.asked.length;
			return count > 2 ? [...problems, `the upstream was asked ${count} times instead of twice`] : problems;
		},
	},
	{
		name: "silent",
		title: "an upstream that never answers the first request",
		timeoutMs: 120_000,
		isFor: everyAgent,
		script: (place) => writing(place, (count) => (count === 0 ? { kind: "silence" } : answer(firstCall(place)))),
		judge: judgeAfter(3),
	},
];
