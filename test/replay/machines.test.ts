/** Answers that are shared by gateways on several machines, by way of Redis or PostgreSQL. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../kit/gateway.js";
import { type Llmw, runLlmw } from "../kit/llmw.js";
import { postgresPrograms, startPostgres } from "../kit/postgres.js";
import { startRedisUntil } from "../kit/redis.js";
import { ask, question, type SteppedHost, startSteppedHost, wholeStream } from "./kit.js";

const streamed = { ...question, stream: true };
const key = (value: string) => ({ "idempotency-key": value });
const idsIn = (text: string) => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id as string);

interface Store {
	/** Flags of all gateways. */
	readonly flags: readonly string[];
	/** Ends it at once; connections break. */
	stop(): Promise<void>;
	start(): Promise<void>;
	/** Has the time pass that machines may say nothing of their answers. */
	expire(): Promise<void>;
}

const ends: (() => Promise<void> | void)[] = [];
const whenDone = (end: () => Promise<void> | void) => void ends.unshift(end);
afterAll(async () => {
	for (const end of ends) await end();
});

const stores: readonly (readonly [name: string, start: () => Promise<Store>])[] = [
	[
		"Redis",
		async () => {
			const { url, client, kill, start } = await startRedisUntil(whenDone);
			const expire = async () => {
				for (const one of await client.keys("llmw:answers:of:*")) await client.hset(one, "until", 0);
			};
			return { flags: ["--redis", url], stop: kill, start, expire };
		},
	],
	[
		"PostgreSQL",
		async () => {
			const postgres = startPostgres();
			whenDone(() => postgres.remove());
			const url = await postgres.database();
			const flags = ["--store", url];
			const expire = async () => {
				const client = new pg.Client(url);
				await client.connect();
				await client.query("update llmgw.shared_answer set lease_until = 0");
				await client.end();
			};
			return { flags, expire, stop: async () => postgres.stop(), start: async () => postgres.start() };
		},
	],
];

async function startMachine(host: { url: string }, flags: readonly string[]): Promise<Llmw & { url: string }> {
	const args = ["--bindport", "0", "--aihost", host.url, "--workers", "1", "--data", temporaryFolder(), ...flags];
	const llmw = runLlmw(args, {}, { whenDone });
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { ...llmw, url };
}

const isInstalled = ([name]: (typeof stores)[number]) => name !== "PostgreSQL" || postgresPrograms() !== undefined;

describe.each(stores.filter(isInstalled))("two machines with %s", { timeout: 30_000 }, (_name, startStore) => {
	let store: Store;
	let host: SteppedHost;
	let one: Llmw & { url: string };
	let other: Llmw & { url: string };

	beforeAll(async () => {
		store = await startStore();
		host = await startSteppedHost(whenDone);
		[one, other] = await Promise.all([startMachine(host, store.flags), startMachine(host, store.flags)]);
	}, 60_000);

	test("attach to one answer under way, from its first byte", async () => {
		host.hold();
		const asked = host.received.length;
		const first = ask(one.url, streamed, key("attach"));
		await host.step();
		await first.until("One");
		const second = ask(other.url, streamed, key("attach"));
		await second.until("One");
		expect((await second.response).headers["x-llmgw-replay"]).toBe("attached");
		await host.step();
		await second.until("two");
		host.finish();
		expect(await second.body).toBe(wholeStream);
		expect(await first.body).toBe(wholeStream);
		expect(host.received).toHaveLength(asked + 1);
	});

	test("give a kept answer from either, and refuse a key that is another request's", async () => {
		host.finish();
		for (const [at, body] of [question, streamed].entries()) {
			const asked = host.received.length;
			const name = key(`kept-${at}`);
			const first = await ask(one.url, body, name).body;
			expect(await ask(other.url, body, name).body).toBe(first);
			// Here the other one may still hear that it has ended.
			const again = ask(other.url, body, name);
			expect(await again.body).toBe(first);
			expect((await again.response).headers["x-llmgw-replay"]).toBe("replayed");
			expect(host.received).toHaveLength(asked + 1);
			expect((await ask(other.url, { ...body, model: "n" }, name).response).statusCode).toBe(422);
		}
	});

	test("ask once for equal requests that come to both at once", async () => {
		host.hold();
		const asked = host.received.length;
		const clients = Array.from({ length: 40 }, (_none, at) =>
			ask((at % 2 === 0 ? one : other).url, streamed, key("flood")),
		);
		await host.step();
		await Promise.all(clients.map((client) => client.until("One")));
		host.finish();
		for (const client of clients) expect(await client.body).toBe(wholeStream);
		expect(host.received).toHaveLength(asked + 1);
	});

	test("go on with a stream from its last event, while the other one gives it, and for its owner alone", async () => {
		host.hold();
		const asked = host.received.length;
		const owner = { authorization: "Bearer one" };
		const first = ask(one.url, streamed, { ...owner, "x-llmgw-resumable": "true" });
		await host.step();
		await host.step();
		await first.until("two");
		first.leave();
		const last = { "last-event-id": idsIn(first.text()).at(-1) as string };
		const second = ask(other.url, streamed, { ...owner, ...last });
		expect((await ask(other.url, streamed, last).response).statusCode).toBe(410);
		await host.step();
		await second.until("three");
		host.finish();
		const ids = idsIn(first.text() + (await second.body));
		expect(ids.map((id) => Number(id.split("-")[1]))).toEqual([1, 2, 3, 4, 5, 6]);
		expect(host.received).toHaveLength(asked + 1);
	});

	test("keep an answer going for the client of the other, beyond the grace time", async () => {
		host.hold();
		const asked = host.received.length;
		const third = await startMachine(host, [...store.flags, "--grace", "0"]);
		const first = ask(third.url, streamed, key("grace"));
		await host.step();
		await first.until("One");
		const second = ask(other.url, streamed, key("grace"));
		// With each part the machine that gives it hears who reads it.
		for (const word of ["One", "two", "three"]) {
			await second.until(word);
			if (word !== "three") await host.step();
		}
		first.leave();
		host.finish();
		expect(await second.body).toBe(wholeStream);
		expect(host.received).toHaveLength(asked + 1);
	});

	test("go on with a stream whose machine is gone, for its follower and for its client that comes back", async () => {
		host.hold();
		const asked = host.received.length;
		const third = await startMachine(host, store.flags);
		const named = { ...key("gone"), "x-llmgw-resumable": "true" };
		const first = ask(third.url, streamed, named);
		await host.step();
		await host.step();
		await first.until("two");
		const follower = ask(other.url, streamed, named);
		await follower.until("two");
		third.process.kill("SIGKILL");
		first.leave();
		host.finish();
		await store.expire();
		const whole = await follower.body;
		const got = first.text().slice(0, first.text().lastIndexOf("\n\n") + 2);
		const back = ask(one.url, streamed, { ...named, "last-event-id": idsIn(got).at(-1) as string });
		expect(got + (await back.body)).toBe(whole);
		expect(idsIn(whole).map((id) => Number(id.split("-")[1]))).toEqual([1, 2, 3, 4, 5, 6]);
		expect(whole).toMatch(/One.* two.* three.* four.*\[DONE\]/s);
		expect(host.received).toHaveLength(asked + 2);
	});

	test("find a response by its own id", async () => {
		host.finish();
		const body = { model: "m", input: "Count", stream: true };
		const whole = await ask(one.url, body, key("response"), "/v1/responses").body;
		const [, id] = /"id":"(resp_[^"]+)"/.exec(whole) ?? [];
		const rest = await fetch(`${other.url}/v1/responses/${id}?stream=true&starting_after=2`);
		const text = await rest.text();
		expect(text).toMatch(/"sequence_number":3/);
		expect(whole.endsWith(text)).toBe(true);
	});

	test("are on their own while it is away, say so once, and share again when it is back", async () => {
		host.finish();
		await store.stop();
		for (const machine of [one, other])
			for (let count = 0; count < 3; count += 1)
				expect(await ask(machine.url, streamed, key(`away-${count}`)).body).toBe(wholeStream);
		for (const machine of [one, other]) {
			await machine.says(/can't be used to share answers/);
			expect(machine.stderr().match(/can't be used to share answers/g)).toHaveLength(1);
		}
		await store.start();
		for (const machine of [one, other]) await machine.says(/answers are shared with other machines again/);
		const asked = host.received.length;
		expect(await ask(one.url, streamed, key("back")).body).toBe(wholeStream);
		expect(await ask(other.url, streamed, key("back")).body).toBe(wholeStream);
		expect(host.received).toHaveLength(asked + 1);
	});
});
