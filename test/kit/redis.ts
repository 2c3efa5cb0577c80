/** Redis servers for tests, each on a free port of this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import type { WhenDone } from "./llmw.js";
import { needs } from "./programs.js";

export interface TestRedis {
	url: string;
	client: Redis;
	/** Kills it with SIGKILL; its data is lost. */
	kill(): Promise<void>;
	/** Makes it accept connections without answering. */
	pause(): void;
	resume(): void;
	start(): Promise<void>;
}

/** Starts a server that stops when the test ends. @param flags of redis-server */
export function startRedis(...flags: string[]): Promise<TestRedis> {
	return startRedisUntil(onTestFinished, ...flags);
}

/** Starts a server for as long as `whenDone` says. */
export async function startRedisUntil(whenDone: WhenDone, ...flags: string[]): Promise<TestRedis> {
	needs("redis-server");
	const folder = mkdtempSync(join(tmpdir(), "llmgw-redis-"));
	const port = await freePort();
	let server: ChildProcess | undefined;
	const start = async () => {
		const started = spawn("redis-server", [
			"--port",
			String(port),
			"--bind",
			"127.0.0.1",
			"--save",
			"",
			"--dir",
			folder,
			...flags,
		]);
		server = started;
		for await (const text of started.stdout) if (/Ready to accept connections/.test(String(text))) break;
		started.stdout.resume();
	};
	const kill = async () => {
		if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
		const exited = once(server, "exit");
		server.kill("SIGKILL");
		await exited;
	};
	await start();
	const client = new Redis(port, { retryStrategy: () => 50 });
	client.on("error", () => {});
	whenDone(async () => {
		client.disconnect();
		await kill();
		rmSync(folder, { recursive: true, force: true });
	});
	return {
		url: `redis://127.0.0.1:${port}`,
		client,
		kill,
		start,
		pause: () => void server?.kill("SIGSTOP"),
		resume: () => void server?.kill("SIGCONT"),
	};
}

/** @returns a port that nobody listens on */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	return port;
}
