/** The gateway as users run it: the built command, with a configuration file of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Format } from "./formats/format.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** Runs the command to its end. */
export async function runCli(
	args: readonly string[],
	environment: Record<string, string>,
): Promise<{ code: number | null; printed: string }> {
	const child = spawn(process.execPath, [cli, ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
	let printed = "";
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding("utf8").on("data", (text: string) => {
			printed += text;
		});
	const [code] = (await once(child, "close")) as [number | null];
	return { code, printed };
}

/** @throws Error if the command has not been built */
export function checkBuilt(): void {
	if (!existsSync(cli)) throw new Error("dist/cli.js is missing: npm run build");
}

export interface GatewayProcess {
	/** `http://127.0.0.1:42069` */
	readonly url: string;
	/** For clients; without one nobody is answered. */
	readonly key: string;
	/** Turns of WebSockets that have ended. */
	socketTurns(): Promise<number>;
	/** All that it has printed. */
	printed(): string;
	stop(): Promise<void>;
}

/** How long the gateway may take to start and to stop. */
const startMs = 30_000;
const stopMs = 10_000;

/** Pings come fast and waits are short, so that a case takes seconds where users would wait for minutes. */
function configuration(url: string, format: Format, model: string | undefined) {
	return {
		bindport: 0,
		workers: 1,
		usage: false,
		requireKeys: true,
		adminKey: { file: "admin" },
		contract: ["openai", "no-rate-limit"],
		upstreams: { scripted: { url, key: { file: "key" }, ...format.upstream } },
		routes: [
			{
				model: "*",
				targets: [model === undefined ? "scripted" : `scripted/${model}`],
				timeouts: { firstByte: "12s", firstToken: "12s", idle: "12s", hold: "1s", heartbeat: "1s" },
			},
		],
	};
}

const adminKey = "conformance-administrator";

async function newKey(gateway: string): Promise<string> {
	const response = await fetch(`${gateway}/v1/admin/keys`, {
		method: "POST",
		headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
		body: '{"name":"agent"}',
	});
	const { secret } = (await response.json()) as { secret?: string };
	if (secret === undefined) throw new Error(`the gateway made no key: ${response.status}`);
	return secret;
}

async function socketTurns(gateway: string): Promise<number> {
	const response = await fetch(`${gateway}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
	const [, count = "0"] = /^llmgw_websocket_turns_total\{kind="response"\} (\d+)/m.exec(await response.text()) ?? [];
	return Number(count);
}

/**
 * @param folder gets the configuration and the gateway's data
 * @param model the upstream's name for every model; undefined if it knows them by the names that agents ask for
 */
export async function startGatewayProcess(
	url: string,
	format: Format,
	folder: string,
	model: string | undefined,
): Promise<GatewayProcess> {
	mkdirSync(folder, { recursive: true });
	// JSON is YAML.
	writeFileSync(join(folder, "llmw.yaml"), JSON.stringify(configuration(url, format, model)));
	writeFileSync(join(folder, "key"), "sk-of-the-gateway");
	writeFileSync(join(folder, "admin"), adminKey);
	const args = [cli, "--config", join(folder, "llmw.yaml"), "--data", join(folder, "data")];
	const environment = { PATH: process.env.PATH ?? "", HOME: folder, XDG_RUNTIME_DIR: folder };
	const child = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
	let printed = "";
	const address = new Promise<string>((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`the gateway did not start:\n${printed}`)), startMs);
		const see = (text: string) => {
			printed += text;
			const [, found] = /listening on (http:\/\/\S+)/.exec(printed) ?? [];
			if (found === undefined) return;
			clearTimeout(timer);
			resolve(found);
		};
		child.stdout.setEncoding("utf8").on("data", see);
		child.stderr.setEncoding("utf8").on("data", see);
		child.once("exit", (code) => {
			clearTimeout(timer);
			reject(new Error(`the gateway ended with ${code}:\n${printed}`));
		});
	});
	const stop = async () => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		const ended = once(child, "exit");
		child.kill("SIGTERM");
		const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
		await ended;
		clearTimeout(timer);
	};
	try {
		const url = await address;
		return { url, key: await newKey(url), socketTurns: () => socketTurns(url), printed: () => printed, stop };
	} catch (error) {
		child.kill("SIGKILL");
		throw error;
	}
}
