/** Sessions through a reload and a stop of the real gateway, and the death of a worker. */
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import {
	created,
	done,
	frameOf,
	openSession,
	type SessionHost,
	startSessionHost,
	takingCalls,
} from "../kit/realtime.js";
import type { TestSocket } from "../kit/sockets.js";

const sessions = 500;
/** Handshakes at a time. */
const batch = 25;

/** Says half a sentence when it is asked, and the rest when it is asked again. */
function talkingHost(): Promise<SessionHost> {
	return startSessionHost((side, say) => {
		say(created);
		let asked = 0;
		side.on("message", () => {
			asked += 1;
			say({ type: "response.output_text.delta", delta: asked === 1 ? "Once upon" : " a time" });
		});
	});
}

async function openAll(url: string, count: number): Promise<TestSocket[]> {
	const opened: TestSocket[] = [];
	while (opened.length < count)
		opened.push(...(await Promise.all(Array.from({ length: batch }, () => openSession({ url })))));
	for (const session of opened) await session.next();
	return opened;
}

async function ask(session: TestSocket): Promise<string | undefined> {
	session.send({ type: "response.create" });
	return (await session.next()).delta;
}

test(`of ${sessions} none is cut by a reload, and each goes on with its upstream`, { timeout: 180_000 }, async () => {
	const host = await talkingHost();
	const llmw = await serveLlmw(host, ["--workers", "2", "--overlay", withoutRateLimit()]);
	const all = await openAll(llmw.url, sessions);
	expect(new Set(await Promise.all(all.map(ask)))).toEqual(new Set(["Once upon"]));
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded: /);
	expect(new Set(await Promise.all(all.map(ask)))).toEqual(new Set([" a time"]));
	expect(host.sides).toHaveLength(sessions);
	const [fresh] = await openAll(llmw.url, 1);
	expect(await ask(fresh as TestSocket)).toBe("Once upon");
	for (const session of all) session.close();
	expect(new Set((await Promise.all(all.map(({ closed }) => closed))).map(({ code }) => code))).toEqual(
		new Set([1005]),
	);
});

test("a stop ends sessions at its deadline, with the reason", { timeout: 60_000 }, async () => {
	const host = await talkingHost();
	const llmw = await serveLlmw(host, ["--workers", "1", "--drain-timeout", "1s"]);
	const session = await openSession(llmw);
	await session.next();
	llmw.process.kill("SIGTERM");
	expect(await session.next()).toMatchObject({ type: "error", error: { code: "gateway_stopping" } });
	expect((await session.closed).code).toBe(1012);
});

test("when its worker is killed, the client sees the connection close, and so does the upstream", {
	timeout: 60_000,
}, async () => {
	const host = await talkingHost();
	const llmw = await serveLlmw(host, ["--workers", "1"]);
	const session = await openSession(llmw);
	await session.next();
	const [side] = host.sides;
	const left = new Promise((resolve) => side?.once("close", resolve));
	const [worker = 0] = await workerPids(llmw.url, 1);
	process.kill(worker, "SIGKILL");
	expect((await session.closed).code).toBe(1006);
	expect(await left).toBe(1006);
	onTestFinished(() => void llmw.process.kill("SIGKILL"));
});

test("what a session has used by then is not lost with a killed worker", { timeout: 120_000 }, async () => {
	const host = await startSessionHost((_side, say) => {
		say(created);
		say(done(60, 40));
	});
	const data = temporaryFolder();
	const environment = { LLMW_ADMIN_KEY: "admin-key-of-tests" };
	const llmw = await serveLlmw(host, ["--workers", "1", "--data", data], environment);
	const session = await openSession(llmw);
	await frameOf(session, "response.done");
	const open = join(data, "usage", "open");
	await vi.waitFor(() => expect(readdirSync(open, { recursive: true }).join()).toContain(".records"), {
		timeout: 30_000,
	});
	const [worker = 0] = await workerPids(llmw.url, 1);
	process.kill(worker, "SIGKILL");
	await session.closed;
	// A minute later.
	const then = new Date(Date.now() - 61_000);
	for (const name of readdirSync(open)) utimesSync(join(open, name), then, then);
	const totals = async () => {
		const headers = { authorization: `Bearer ${environment.LLMW_ADMIN_KEY}` };
		const response = await fetch(`${llmw.url}/v1/admin/requests`, { headers });
		return ((await response.json()) as { data: object[] }).data;
	};
	await vi.waitFor(
		async () =>
			expect(await totals()).toMatchObject([
				{ operation: "connectRealtime", error_code: "worker_killed", tokens: { input: 60, output: 40 } },
			]),
		{ timeout: 60_000, interval: 500 },
	);
});

test("a reload ends no call, and a stop ends it at its deadline", { timeout: 120_000 }, async () => {
	const host = await startSessionHost(undefined, undefined, takingCalls);
	const llmw = await serveLlmw(host, ["--workers", "1", "--drain-timeout", "2s"]);
	const offer = { method: "POST", headers: { "content-type": "application/sdp" }, body: "v=0" };
	expect((await fetch(`${llmw.url}/v1/realtime/calls?model=m`, offer)).status).toBe(201);
	await vi.waitFor(() => expect(host.sides).toHaveLength(1), { timeout: 10_000 });
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded: /);
	expect(host.sides[0]?.readyState).toBe(1);
	const hungUp = () => host.received.filter(({ url }) => url.endsWith("/hangup")).length;
	expect(hungUp()).toBe(0);
	llmw.process.kill("SIGTERM");
	await vi.waitFor(() => expect(hungUp()).toBe(1), { timeout: 20_000 });
	expect(await llmw.exited).toBe(0);
});
