/** One case: an agent with a task, through a gateway, against a scripted upstream. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Agent, bareEnvironment, type Folders, prepare } from "./agents.js";
import { connect } from "./connect.js";
import type { Format } from "./formats/format.js";
import { startGatewayProcess } from "./gatewayProcess.js";
import { type Ended, runBounded } from "./sandbox.js";
import { startScriptedUpstream } from "./scriptedUpstream.js";
import type { Task } from "./tasks.js";

export interface Case {
	readonly agent: Agent;
	readonly program: string;
	readonly format: Format;
	readonly task: Task;
	/** An empty folder of its own. */
	readonly folder: string;
	/** Without a gateway, for comparison; only in the agent's own format. */
	readonly isDirect: boolean;
	/** Set up by `llmw connect`, and not as docs/agents.md shows it by hand. */
	readonly isConnected: boolean;
}

export interface Result {
	/** What is wrong; empty if the case passed. */
	readonly problems: readonly string[];
	/** For whoever looks into it. */
	readonly ended: Ended;
	readonly gatewayPrinted: string;
	readonly requests: number;
}

export async function runCase({ agent, program, format, task, folder, isDirect, isConnected }: Case): Promise<Result> {
	const folders: Folders = {
		home: join(folder, "home"),
		work: join(folder, "work"),
		temporary: join(folder, "temporary"),
	};
	for (const path of Object.values(folders)) mkdirSync(path, { recursive: true });
	const nonce = `n${Math.random().toString(36).slice(2, 12)}`;
	const place = { agent, format, folders, nonce };
	const upstream = await startScriptedUpstream(format, task.script(place));
	// Where bytes pass unchanged, so does the upstream's name of the model; translated answers have the name that was asked for.
	const model = format.name === agent.format ? undefined : "scripted-model";
	const gateway = isDirect
		? undefined
		: await startGatewayProcess(upstream.url, format, join(folder, "gateway"), model);
	const url = gateway?.url ?? `http://127.0.0.1:${upstream.port}`;
	try {
		const key = gateway?.key ?? "sk-any";
		if (isConnected) await connect(agent, url, key, folders);
		else prepare(agent, url, folders);
		const prompt = `Please write ${nonce} into the file hello.txt with a tool, and say when all is done.`;
		const variables = isConnected ? {} : agent.variables(url, key);
		const ended = await runBounded(program, agent.args(prompt, task.args), {
			cwd: folders.work,
			environment: { ...bareEnvironment(folders), ...variables, ...agent.quiet },
			timeoutMs: task.timeoutMs,
		});
		const socketTurns = (await gateway?.socketTurns()) ?? 0;
		const problems = task.judge(place, { ended, asked: upstream.asked, socketTurns });
		if (upstream.headers.some((head) => head.includes(key)) && !isDirect)
			problems.push("the gateway's key reached the upstream");
		return { problems, ended, gatewayPrinted: gateway?.printed() ?? "", requests: upstream.asked.length };
	} finally {
		await gateway?.stop();
		await upstream.close();
	}
}

/** Removes a case's folder, whatever the agent has left open in it. */
export function removeFolder(folder: string): void {
	rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
