/**
 * `npm run conformance`: real coding agents through a gateway, against scripted upstreams of every wire format. Installs nothing:
 * agents are found in LLMGW_AGENTS (a folder with node_modules) or on the path.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Agent, agents, bareEnvironment, findAgent } from "./agents.js";
import type { Format } from "./formats/format.js";
import { checkBuilt } from "./gatewayProcess.js";
import { type Row, reportOf } from "./report.js";
import { type Result, removeFolder, runCase } from "./runCase.js";
import { againInside, insideVariable, runBounded, whyNoSandbox } from "./sandbox.js";
import { formats } from "./scriptedUpstream.js";
import { type Task, tasks } from "./tasks.js";

const usage = `npm run conformance -- [options]
  --only claude,codex   these agents (${agents.map(({ name }) => name).join(", ")})
  --host chat           upstreams of these wire formats (${formats.map(({ name }) => name).join(", ")})
  --task write,cut      these tasks (${tasks.map(({ name }) => name).join(", ")})
  --direct              without a gateway, each agent against its own format, for comparison
  --connect             agents are set up by llmw connect, and not as docs/agents.md shows it by hand
  --jobs 2              this many agents at a time (1)
  --keep                keep the folders of cases that failed, with what agent and gateway printed
  --write               write docs/conformance.md; needs all tasks
LLMGW_AGENTS names a folder in which the agents are installed (with node_modules); else they are looked for on the PATH.`;

/** A mistake in how the program was called, or an environment that it can't run in. */
class CannotRun extends Error {}

interface Found {
	readonly agent: Agent;
	readonly program: string;
}

function readOptions() {
	const { values } = parseArgs({
		options: {
			only: { type: "string" },
			host: { type: "string" },
			task: { type: "string" },
			direct: { type: "boolean", default: false },
			connect: { type: "boolean", default: false },
			jobs: { type: "string", default: "1" },
			keep: { type: "boolean", default: false },
			write: { type: "boolean", default: false },
			help: { type: "boolean", short: "h", default: false },
		},
	});
	if (values.write && (values.task !== undefined || values.direct))
		throw new CannotRun("--write needs a run of all tasks, through the gateway");
	return {
		...values,
		jobs: jobsOf(values.jobs),
		agents: named(agents, values.only, "agent"),
		formats: named(formats, values.host, "host"),
		tasks: named(tasks, values.task, "task"),
	};
}

function jobsOf(text: string): number {
	if (/^[1-9]\d?$/.test(text)) return Number(text);
	throw new CannotRun("--jobs must be a whole number from 1 to 99");
}

function named<Thing extends { name: string }>(all: readonly Thing[], list: string | undefined, what: string): Thing[] {
	if (list === undefined) return [...all];
	return list.split(",").map((name) => {
		const found = all.find((each) => each.name === name.trim());
		if (found !== undefined) return found;
		throw new CannotRun(`there is no ${what} ${name.trim()}: ${all.map((each) => each.name).join(", ")}`);
	});
}

async function main(): Promise<number> {
	const options = readOptions();
	if (options.help) {
		console.log(usage);
		return 0;
	}
	const found: Found[] = [];
	for (const agent of options.agents) {
		const program = findAgent(agent, process.env);
		if (program === undefined) console.log(`${agent.title}: not found (${agent.name})`);
		else found.push({ agent, program });
	}
	if (found.length === 0) throw new CannotRun("none of the agents was found: install them and set LLMGW_AGENTS");
	checkBuilt();
	if (process.env[insideVariable] === undefined) {
		const problem = whyNoSandbox();
		if (problem !== undefined) throw new CannotRun(`agents run only without a network: ${problem}`);
		return againInside();
	}
	return runAll(found, options);
}

async function runAll(found: readonly Found[], options: ReturnType<typeof readOptions>): Promise<number> {
	// Not the temporary folder, in which Codex accepts no home.
	const cache = join(homedir(), ".cache");
	mkdirSync(cache, { recursive: true });
	const root = mkdtempSync(join(cache, "llmgw-conformance-"));
	const rows: Row[] = [];
	let failed = 0;
	const runAgent = async ({ agent, program }: Found) => {
		const version = await versionOf(program, join(root, agent.name));
		console.log(`${agent.title} ${version} (${program})`);
		for (const format of options.direct ? formats.filter(({ name }) => name === agent.format) : options.formats)
			for (const task of options.tasks.filter((each) => each.isFor(agent))) {
				const result = await runOne({ agent, program }, format, task, root, options);
				if (result.problems.length > 0) failed += 1;
				rows.push({ agent, version, format, task, problems: result.problems });
			}
	};
	const waiting = [...found];
	const runSome = async () => {
		for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await runAgent(next);
	};
	try {
		await Promise.all(Array.from({ length: options.jobs }, runSome));
	} finally {
		if (failed === 0 || !options.keep) removeFolder(root);
		else console.log(`kept: ${root}`);
	}
	console.log(`${rows.length - failed} of ${rows.length} passed`);
	if (options.write) writeFileSync(reportFile, reportOf(rows, new Date()));
	return failed === 0 ? 0 : 1;
}

const reportFile = fileURLToPath(new URL("../../docs/conformance.md", import.meta.url));

async function runOne(
	{ agent, program }: Found,
	format: Format,
	task: Task,
	root: string,
	{ direct: isDirect, connect: isConnected, keep }: { direct: boolean; connect: boolean; keep: boolean },
): Promise<Pick<Result, "problems">> {
	const folder = join(root, `${agent.name}-${format.name}-${task.name}`);
	const place = `  ${agent.name.padEnd(9)}${format.name.padEnd(10)}${task.name.padEnd(12)}`;
	try {
		const { problems, ended, gatewayPrinted, requests } = await runCase({
			agent,
			program,
			format,
			task,
			folder,
			isDirect,
			isConnected,
		});
		const time = `${ended.seconds.toFixed(1)} s, ${requests} requests`;
		console.log(
			`${place}${problems.length === 0 ? "passed" : "FAILED"} (${time})${problems.map((each) => `\n      ${each}`).join("")}`,
		);
		const isKept = keep && problems.length > 0;
		if (isKept) {
			writeFileSync(join(folder, "stdout"), ended.stdout);
			writeFileSync(join(folder, "stderr"), ended.stderr);
			writeFileSync(join(folder, "gateway.log"), gatewayPrinted);
		} else removeFolder(folder);
		return { problems };
	} catch (error) {
		const problem = `the case could not be run: ${error instanceof Error ? error.message : error}`;
		console.log(`${place}FAILED\n      ${problem}`);
		return { problems: [problem] };
	}
}

async function versionOf(program: string, folder: string): Promise<string> {
	const folders = { home: join(folder, "home"), work: folder, temporary: join(folder, "temporary") };
	for (const path of Object.values(folders)) mkdirSync(path, { recursive: true });
	const environment = bareEnvironment(folders);
	const { stdout } = await runBounded(program, ["--version"], { cwd: folder, environment, timeoutMs: 60_000 });
	removeFolder(folder);
	return /\d+\.\d+\.\d+[\w.-]*/.exec(stdout)?.[0] ?? "of unknown version";
}

main().then(
	(code) => {
		process.exitCode = code;
	},
	(error: unknown) => {
		const isUsage = error instanceof CannotRun || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
		console.error(isUsage ? (error as Error).message : error);
		process.exitCode = 2;
	},
);
