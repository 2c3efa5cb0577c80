/** docs/conformance.md: what the agents did, by wire format and task. */
import { type Agent, agents } from "./agents.js";
import type { Format } from "./formats/format.js";
import { formats } from "./scriptedUpstream.js";
import { type Task, tasks } from "./tasks.js";

export interface Row {
	readonly agent: Agent;
	readonly version: string;
	readonly format: Format;
	readonly task: Task;
	/** Empty if it passed. */
	readonly problems: readonly string[];
}

const intro = `# Conformance: real coding agents

Written by \`npm run conformance -- --write\`; do not edit. Each agent ran unmodified in a network of loopback alone, with an empty
environment and a fresh home, through the built gateway, against a scripted upstream that speaks one wire format. A case is judged by
what the agent did (the file it wrote, its exit code, the answer it printed) and by what the upstream was asked, not by logs.
[How to run it](agents.md#the-agents-in-a-test).
`;

/** @param rows of all agents that were found */
export function reportOf(rows: readonly Row[], date: Date): string {
	const passed = rows.filter(({ problems }) => problems.length === 0).length;
	const day = date.toISOString().slice(0, 10);
	const found = agents.filter((agent) => rows.some((row) => row.agent === agent));
	const missing = [
		...agents.filter((agent) => !found.includes(agent)).map(({ title }) => title),
		...formats
			.filter((format) => !rows.some((row) => row.format === format))
			.map(({ name }) => `upstreams that speak ${name}`),
	];
	return [
		intro,
		`On ${day}, ${passed} of ${rows.length} cases passed.${missing.length > 0 ? ` Not in that run: ${missing.join(", ")}.` : ""}`,
		`In its own format (**bold**) an agent's bytes pass unchanged; in the others they are translated.`,
		tableOfTasks(),
		...found.map((agent) => tableOf(agent, rows)),
		failures(rows),
	].join("\n\n");
}

function tableOfTasks(): string {
	return ["| task | |", "|---|---|", ...tasks.map(({ name, title }) => `| ${name} | ${title} |`)].join("\n");
}

function tableOf(agent: Agent, rows: readonly Row[]): string {
	const own = rows.filter((row) => row.agent === agent);
	const shown = tasks.filter((task) => task.isFor(agent));
	const lines = formats.map((format) => {
		const cells = shown.map((task) => {
			const row = own.find((each) => each.format === format && each.task === task);
			return row === undefined ? "–" : row.problems.length === 0 ? "✓" : "**fails**";
		});
		const name = format.name === agent.format ? `**${format.name}**` : format.name;
		return `| ${[name, ...cells].join(" | ")} |`;
	});
	return [
		`## ${agent.title} ${own[0]?.version ?? ""}`.trimEnd(),
		"",
		`| upstream | ${shown.map(({ name }) => name).join(" | ")} |`,
		`|---|${shown.map(() => "---").join("|")}|`,
		...lines,
	].join("\n");
}

function failures(rows: readonly Row[]): string {
	const failed = rows.filter(({ problems }) => problems.length > 0);
	if (failed.length === 0) return "";
	const lines = failed.map(
		(row) =>
			`- ${row.agent.title}, ${row.format.name}, ${row.task.name}: ${row.problems.join("; ")}.${knownReason(row)}`,
	);
	return `## What fails\n\n${lines.join("\n")}\n`;
}

/** Why a case can't pass, where that is known. */
function knownReason({ agent, format, task }: Row): string {
	const needsSignature = task.name === "thinking" && format.name !== "chat" && agent.format === "chat";
	return needsSignature ? " A chat completion has no member that would carry a vendor's signature there and back." : "";
}
