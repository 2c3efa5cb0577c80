/** A gateway before the lab, and a home folder for agents' configurations. */
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { createLab } from "../../src/mockHosts/lab/lab.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { type Llmw, runLlmw } from "../kit/llmw.js";

export interface Scene {
	readonly url: string;
	readonly labUrl: string;
	readonly llmw: Llmw;
	/** Runs the command at a home of its own. */
	run(
		home: string,
		args: string[],
		environment?: Record<string, string>,
	): Promise<{ code: number | string; stdout: string; stderr: string }>;
	/** Makes a key. @returns its secret */
	key(name: string, ...options: string[]): Promise<string>;
	end(): void;
}

const usualRoutes = `
  - {model: qwen3-coder, targets: [{upstream: lab, model: ok, capabilities: {context: 131072, tools: true, reasoning: true}}]}
  - {model: tiny-mini, targets: [lab/ok]}
  - {model: refused, targets: [lab/unauthorized]}
  - {model: cut, targets: ["lab/cut:3"]}
  - {model: no-tools, targets: [{upstream: lab, model: ok, capabilities: {context: 8192, tools: false}}]}`;

/** @param settings further lines of the configuration file */
export async function startScene(
	settings = "requireKeys: true\ncontract: openai\n",
	routes = usualRoutes,
): Promise<Scene> {
	const ends: (() => void)[] = [];
	const lab = createLab();
	lab.listen(0, "127.0.0.1");
	await once(lab, "listening");
	ends.push(() => {
		lab.close();
		lab.closeAllConnections();
	});
	const { port } = lab.address() as AddressInfo;
	const upstreams = `upstreams:\n  lab: {provider: openai, url: "http://127.0.0.1:${port}/v1", key: "\${LAB_KEY}"}\n`;
	const config = temporaryFile("llmw.yaml", `${settings}${upstreams}routes:${routes}\n`);
	const args = ["--config", config, "--bindport", "0", "--workers", "1"];
	const data = { LLMW_DATA: temporaryFolder() };
	const llmw = runLlmw(args, { LAB_KEY: "key", ...data }, { whenDone: (end) => void ends.push(() => void end()) });
	const [, url = ""] = await llmw.says(/listening on (http:\/\/[^\s"]+)/);
	const whenDone = (end: () => Promise<void>) => void ends.push(() => void end());
	const run = async (home: string, given: string[], environment: Record<string, string> = {}) => {
		const all = { HOME: home, PATH: dirname(process.execPath), ...environment };
		const command = runLlmw([...given, "--url", url], all, { whenDone });
		command.process.stdin.end();
		const code = await command.exited;
		return { code, stdout: command.stdout(), stderr: command.stderr() };
	};
	return {
		url,
		labUrl: `http://127.0.0.1:${port}`,
		llmw,
		run,
		async key(name, ...options) {
			const { stdout, stderr } = await run(temporaryFolder(), ["keys", "create", name, ...options]);
			if (!stdout.startsWith("llmw-")) throw new Error(stderr);
			return stdout.trim();
		},
		end() {
			for (const end of ends.reverse()) end();
		},
	};
}

/** A home folder with these files. */
export function homeWith(files: Record<string, string> = {}): string {
	const home = temporaryFolder();
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(home, name)), { recursive: true });
		writeFileSync(join(home, name), text);
	}
	return home;
}

/** All files of a home folder with their texts, but for copies. */
export function filesIn(home: string): Record<string, string> {
	const names = readdirSync(home, { recursive: true, encoding: "utf8" }).filter(
		(name) => !name.includes("llmgw-backup"),
	);
	const files = names.filter((name) => statSync(join(home, name)).isFile());
	return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(home, name), "utf8")]));
}

export function modeOf(home: string, name: string): string {
	return (statSync(join(home, name)).mode & 0o777).toString(8);
}
