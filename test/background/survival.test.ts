/** Responses in the background outlive their workers, their gateway and their machine. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../kit/gateway.js";
import { isRunning, type Llmw, runLlmw, serveLlmw } from "../kit/llmw.js";
import { postgresPrograms, startPostgres } from "../kit/postgres.js";
import { type SteppedHost, startSteppedHost, type TestWorker, words, workersOf } from "../replay/kit.js";

const body = { model: "m", input: "Count", background: true } as const;
const path = "/v1/responses";
const whole = words.join("");

const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "k", maxRetries: 0 });

/** Asks one worker for a response, and has an upstream begin it. */
async function begin(worker: TestWorker, host: SteppedHost, more: object = {}): Promise<string> {
	const asked = host.received.length;
	const { id } = JSON.parse(await worker.ask({ ...body, ...more }, {}, path).body) as { id: string };
	await expect.poll(() => host.received.length).toBe(asked + 1);
	await host.step();
	await host.step();
	return id;
}

function over(client: OpenAI, id: string) {
	return expect.poll(async () => (await client.responses.retrieve(id)).status, { timeout: 80_000, interval: 200 });
}

describe("a worker that is killed", { timeout: 120_000 }, () => {
	test("is followed by another, which goes on with the same events", async () => {
		const host = await startSteppedHost();
		const { url } = await serveLlmw(host, ["--workers", "2", "--data", temporaryFolder()]);
		const [one] = (await workersOf(url, 2)) as [TestWorker];
		const client = clientOf(url);
		const id = await begin(one, host);
		await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("in_progress");
		process.kill(one.pid, "SIGKILL");
		host.finish();
		await over(client, id).toBe("completed");
		expect((await client.responses.retrieve(id)).output_text).toBe(whole);
		expect(host.received).toHaveLength(2);
		const events = await client.responses.retrieve(id, { stream: true });
		let last = -1;
		let text = "";
		for await (const event of events) {
			expect(event.sequence_number).toBe(last + 1);
			last = event.sequence_number;
			if (event.type === "response.output_text.delta") text += event.delta;
		}
		expect(text).toBe(whole);
	});

	test("loses nobody who reads its events", async () => {
		const host = await startSteppedHost();
		const { url } = await serveLlmw(host, ["--workers", "2", "--data", temporaryFolder()]);
		const [one] = (await workersOf(url, 2)) as [TestWorker];
		const id = await begin(one, host);
		let text = "";
		let last = -1;
		let isComplete = false;
		const read = async () => {
			const after = last === -1 ? {} : { starting_after: last };
			const events = await clientOf(url).responses.retrieve(id, { stream: true, ...after });
			for await (const event of events) {
				expect(event.sequence_number).toBe(last + 1);
				last = event.sequence_number;
				if (event.type === "response.output_text.delta") text += event.delta;
				isComplete ||= event.type === "response.completed";
				if (text === "One") {
					process.kill(one.pid, "SIGKILL");
					host.finish();
				}
			}
		};
		// Its own connection may be one to that worker.
		while (!isComplete) await read().catch(() => expect(isRunning(one.pid)).toBe(false));
		expect(text).toBe(whole);
		expect(host.received).toHaveLength(2);
	});

	test("and all with it: the next start takes it up", async () => {
		const host = await startSteppedHost();
		const flags = ["--workers", "2", "--data", temporaryFolder()];
		const first = await serveLlmw(host, flags);
		const workers = (await workersOf(first.url, 2)) as [TestWorker];
		const id = await begin(workers[0], host);
		for (const pid of [first.pid(), ...workers.map((worker) => worker.pid)]) process.kill(pid, "SIGKILL");
		host.finish();
		const second = await serveLlmw(host, flags);
		const client = clientOf(second.url);
		await over(client, id).toMatch(/completed|failed/);
		expect(await client.responses.retrieve(id)).toMatchObject({ error: null, output_text: whole });
		expect(host.received).toHaveLength(2);
	});
});

describe("a reload", { timeout: 120_000 }, () => {
	test.each([
		["lets the old worker finish", [], 1],
		["has a new worker go on when the old one's time is over", ["--drain-timeout", "300ms"], 2],
	])("%s", async (_what, more, requests) => {
		const host = await startSteppedHost();
		const llmw = await serveLlmw(host, ["--workers", "1", "--data", temporaryFolder(), ...more]);
		const [one] = (await workersOf(llmw.url, 1)) as [TestWorker];
		const client = clientOf(llmw.url);
		const id = await begin(one, host);
		if (requests === 1) llmw.process.kill("SIGHUP");
		else process.kill(one.pid, "SIGTERM");
		if (requests === 2) await expect.poll(() => isRunning(one.pid), { timeout: 10_000 }).toBe(false);
		else await llmw.says(/reloaded|settings/i).catch(() => {});
		host.finish();
		await over(client, id).toBe("completed");
		expect((await client.responses.retrieve(id)).output_text).toBe(whole);
		expect(host.received).toHaveLength(requests);
	});
});

test("is cancelled and removed from any worker", { timeout: 60_000 }, async () => {
	const host = await startSteppedHost();
	const { url } = await serveLlmw(host, ["--workers", "2", "--data", temporaryFolder()]);
	const [one, other] = (await workersOf(url, 2)) as [TestWorker, TestWorker];
	const id = await begin(one, host);
	const aborted = host.nextAbort();
	const answer = await other.ask({}, {}, `${path}/${id}/cancel`).body;
	expect(JSON.parse(answer)).toMatchObject({ id, status: "cancelled" });
	await aborted;
	expect((await clientOf(url).responses.retrieve(id)).status).toBe("cancelled");
});

describe.runIf(postgresPrograms() !== undefined)("two machines on one PostgreSQL", { timeout: 120_000 }, () => {
	const ends: (() => Promise<void> | void)[] = [];
	let flags: string[];
	let host: SteppedHost;

	beforeAll(async () => {
		const postgres = startPostgres();
		ends.push(() => postgres.remove());
		flags = ["--store", await postgres.database(), "--workers", "1"];
	}, 60_000);
	afterAll(async () => {
		for (const end of ends) await end();
	});

	async function machines(): Promise<[Llmw & { url: string }, Llmw & { url: string }]> {
		host = await startSteppedHost();
		const start = async () => {
			const llmw = runLlmw(["--bindport", "0", "--aihost", host.url, "--data", temporaryFolder(), ...flags]);
			onTestFinished(async () => void llmw.process.kill("SIGKILL"));
			const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
			return { ...llmw, url };
		};
		return Promise.all([start(), start()]);
	}

	test("show and cancel each other's, and give their events", async () => {
		const [one, other] = await machines();
		const [worker] = (await workersOf(one.url, 1)) as [TestWorker];
		const id = await begin(worker, host);
		const client = clientOf(other.url);
		await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("in_progress");
		const events = await client.responses.retrieve(id, { stream: true });
		const aborted = host.nextAbort();
		let text = "";
		for await (const event of events) {
			if (event.type === "response.output_text.delta") text += event.delta;
			if (text.includes("two")) break;
		}
		expect(await client.responses.cancel(id)).toMatchObject({ id, status: "cancelled" });
		await aborted;
		expect(await clientOf(one.url).responses.retrieve(id)).toMatchObject({ status: "cancelled" });
	});

	test("go on with what a dead one has left", async () => {
		const [one, other] = await machines();
		const [worker] = (await workersOf(one.url, 1)) as [TestWorker];
		const id = await begin(worker, host);
		for (const pid of [one.pid(), worker.pid]) process.kill(pid, "SIGKILL");
		host.finish();
		const client = clientOf(other.url);
		await over(client, id).toBe("completed");
		expect((await client.responses.retrieve(id)).output_text).toBe(whole);
		expect(host.received).toHaveLength(2);
	});
});
