/** Sessions through a reload and a stop of the real gateway, and the death of a worker. */
import { expect, onTestFinished, test } from "vitest";
import { withoutRateLimit } from "../kit/gateway.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { created, openSession, type SessionHost, startSessionHost } from "../kit/realtime.js";
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
