/** Commands typed at a running gateway: `clear`, `exit`, `status`, `help`. Only where stdin is a terminal. */
import { readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { outliveTerminal } from "../process/lostTerminal.js";
import type { GatewayStatus } from "../process/status.js";
import { statusTables } from "./statusTable.js";

export interface ConsoleActions {
	status(): Promise<GatewayStatus>;
	stop(): void;
}

interface Command {
	name: string;
	help: string;
	run(): void | Promise<void>;
}

/** Listens to typed commands until the gateway ends; does nothing if stdin is no terminal, or another job's. */
export function openConsole(actions: ConsoleActions): Interface | undefined {
	if (!process.stdin.isTTY || !isInForeground()) return undefined;
	const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: "" });
	const commands = commandsFor(actions);
	lines.on("line", (line) => {
		const name = line.trim().toLowerCase();
		if (name === "") return;
		const command = commands.find((candidate) => candidate.name === name);
		if (command) void command.run();
		else console.log(`There is no command "${name}". Type help for those there are.`);
	});
	// Ctrl-C at a terminal in raw mode arrives here rather than as a signal.
	lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
	// A terminal that is gone (its window closed, ssh broke off) fails as it is read, and again as its mode is set back.
	let isOver = false;
	const end = () => {
		if (!isOver) actions.stop();
		isOver = true;
	};
	for (const source of [lines, process.stdin]) source.on("error", end);
	outliveTerminal();
	lines.on("close", end);
	return lines;
}

/** A shell's background job (`llmw &`) that reads from the terminal is stopped by the kernel. Linux only; true elsewhere. */
function isInForeground(): boolean {
	try {
		// proc(5): state, parent, process group, session, terminal, the terminal's foreground group.
		const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1)?.split(" ") ?? [];
		return fields[2] === fields[5];
	} catch {
		return true;
	}
}

function commandsFor({ status, stop }: ConsoleActions): Command[] {
	const commands: Command[] = [
		{ name: "clear", help: "clear the console", run: () => void process.stdout.write("\u001b[2J\u001b[3J\u001b[H") },
		{
			name: "status",
			help: "workers and upstreams, and what is in flight",
			run: async () => printStatus(await status()),
		},
		{ name: "exit", help: "finish what is in flight, then stop (also: quit, Ctrl-D)", run: stop },
		{ name: "help", help: "this list", run: () => printHelp(commands) },
		{ name: "quit", help: "", run: stop },
	];
	return commands;
}

function printHelp(commands: readonly Command[]): void {
	for (const { name, help } of commands) if (help !== "") console.log(`  ${name.padEnd(8)}${help}`);
}

function printStatus(status: GatewayStatus): void {
	for (const line of statusTables(status).split("\n")) console.log(line === "" ? "" : `  ${line}`);
}
