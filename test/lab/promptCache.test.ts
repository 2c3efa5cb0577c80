/** The lab's prompt cache: what it keeps of prompts, as each vendor does, and reports in the vendor's usage. */
import { describe, expect, test } from "vitest";
import { PrefixCache, vllmRules } from "../../src/mockHosts/lab/prefixCache.js";
import { startLab } from "./startLab.js";

type Json = Record<string, unknown>;

/** The time that passes is the test's. */
async function labWithClock() {
	const clock = { now: 1_800_000_000_000 };
	const { lab, url } = await startLab({ now: () => clock.now });
	const post = async (path: string, body: Json, headers: Record<string, string> = {}) => {
		const response = await fetch(`${url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify(body),
		});
		return (await response.json()) as { usage: Json; usageMetadata: Json; error?: { message: string } };
	};
	return { clock, lab, post };
}

const words = (count: number, word = "word") => `${word} `.repeat(count);
/** So many tokens, at four characters each. */
const long = (tokens: number) => "abc ".repeat(tokens);
const user = (content: unknown) => ({ role: "user", content });

describe("as OpenAI's, by itself", () => {
	test("prompts from 1,024 tokens on, in steps of 128, for ten minutes, each key and account apart", async () => {
		const { clock, post } = await labWithClock();
		const ask = async (content: string, more: Json = {}, key = "Bearer a") => {
			const body = {
				model: "ok,cache=vendor",
				messages: [{ role: "system", content: long(1500) }, user(content)],
				...more,
			};
			const { usage } = await post("/v1/chat/completions", body, { authorization: key });
			return (usage.prompt_tokens_details as { cached_tokens: number }).cached_tokens;
		};
		expect(await ask("one")).toBe(0);
		expect(await ask("two")).toBe(1408);
		expect(await ask("two", { tools: [{ type: "function", function: { name: "f" } }] }), "tools come first").toBe(0);
		expect(await ask("two", { prompt_cache_key: "k" })).toBe(0);
		expect(await ask("two", {}, "Bearer b")).toBe(0);
		clock.now += 601_000;
		expect(await ask("two")).toBe(0);
		const short = { model: "ok,cache=vendor", messages: [user(long(1000))] };
		for (let turn = 0; turn < 2; turn += 1)
			expect((await post("/v1/chat/completions", short)).usage.prompt_tokens_details).toEqual({ cached_tokens: 0 });
	});

	test("in the words of Responses and of Gemini, and not for a lab without it", async () => {
		const { lab, post } = await labWithClock();
		const again = async (path: string, body: Json) => {
			await post(path, body);
			return post(path, body);
		};
		const { usage } = await again("/v1/responses", { model: "ok,cache=vendor", input: long(2000) });
		expect(usage).toMatchObject({ input_tokens_details: { cached_tokens: 1920 } });
		const contents = [{ role: "user", parts: [{ text: long(2000) }] }];
		const gemini = await again("/v1beta/models/ok,cache=vendor:generateContent", { contents });
		expect(gemini.usageMetadata.cachedContentTokenCount).toBe(1920);
		expect(lab.ledger.entries().map((entry) => entry.cached_tokens)).toEqual([0, 1920, 0, 1920]);
		const without = await again("/v1/chat/completions", { model: "ok", messages: [user(words(2000))] });
		expect(without.usage).not.toHaveProperty("prompt_tokens_details");
	});
});

describe("as Anthropic's, where the request marks it", () => {
	const mark = (ttl?: string) => ({ cache_control: { type: "ephemeral", ...(ttl && { ttl }) } });
	const text = (content: string, more: Json = {}) => ({ type: "text", text: content, ...more });
	const body = (messages: Json[], more: Json = {}): Json => ({
		model: "ok,cache=vendor",
		max_tokens: 9,
		messages,
		...more,
	});
	const system = [text(long(2000), mark())];

	async function asker() {
		const { clock, post } = await labWithClock();
		const ask = async (given: Json) => {
			const answer = await post("/v1/messages", given);
			if (answer.error) return answer.error.message;
			const { cache_read_input_tokens: read, cache_creation_input_tokens: written, input_tokens: rest } = answer.usage;
			return { read, written, rest } as { read: number; written: number; rest: number };
		};
		return { clock, ask, post };
	}

	test("up to the last breakpoint, for five minutes after the last use, or for an hour", async () => {
		const { clock, ask, post } = await asker();
		const first = body([user([text("one", mark())])], { system });
		const next = body([user([text("one")]), { role: "assistant", content: "yes" }, user([text("two", mark())])], {
			system,
		});
		expect(await ask(first)).toMatchObject({ read: 0, rest: 0 });
		const second = (await ask(next)) as { read: number; written: number };
		expect(second.read).toBeGreaterThan(2000);
		expect(second.written).toBeGreaterThan(0);
		expect(await ask(body([user("other")], { system })), "what comes before").toMatchObject({ written: 0 });
		clock.now += 299_000;
		expect(await ask(next)).toMatchObject({ written: 0, rest: 0 });
		clock.now += 299_000;
		expect(await ask(next)).toMatchObject({ written: 0, rest: 0 });
		clock.now += 301_000;
		expect(await ask(next)).toMatchObject({ read: 0 });
		const hour = body([user("hi")], { system: [text(long(3000), mark("1h"))] });
		const { usage } = await post("/v1/messages", hour);
		const written = (usage.cache_creation as Json).ephemeral_1h_input_tokens as number;
		expect(written).toBeGreaterThan(3000);
		clock.now += 3_500_000;
		expect(await ask(hour)).toMatchObject({ read: written });
	});

	test("nothing without a mark, nothing that is short, and no more than four marks", async () => {
		const { ask } = await asker();
		const plain = body([user(long(3000))]);
		const short = body([user([text(long(900), mark())])]);
		for (const given of [plain, plain, short, short]) expect(await ask(given)).toMatchObject({ read: 0, written: 0 });
		const five = body([user([1, 2, 3, 4, 5].map((at) => text(`${at}`, mark())))]);
		expect(await ask(five)).toBe("A maximum of 4 blocks with cache_control may be provided. Found 5.");
		expect(await ask(body([user([text("a", mark()), text("b", mark("1h"))])]))).toMatch(/must not come after/);
	});

	test("found from up to 20 blocks behind a breakpoint", async () => {
		const { ask } = await asker();
		const blocks = (count: number) =>
			body([
				user(Array.from({ length: count }, (_none, at) => text(`${at} ${long(100)}`, at === count - 1 ? mark() : {}))),
			]);
		await ask(blocks(20));
		expect(await ask(blocks(40))).toMatchObject({ read: expect.any(Number), rest: 0 });
		expect(((await ask(blocks(39))) as { read: number }).read).toBeGreaterThan(2000);
		expect(await ask(blocks(80)), "too far behind").toMatchObject({ read: 0 });
	});

	test("with cache points of Converse", async () => {
		const { post } = await labWithClock();
		const given = {
			system: [{ text: long(2000) }, { cachePoint: { type: "default" } }],
			messages: [user([{ text: "hi" }])],
		};
		const path = "/model/ok%2Ccache%3Dvendor/converse";
		const first = (await post(path, given)).usage;
		expect(first).toMatchObject({ cacheReadInputTokens: 0 });
		expect((await post(path, given)).usage).toMatchObject({
			cacheReadInputTokens: first.cacheWriteInputTokens,
			cacheWriteInputTokens: 0,
		});
	});
});

test("as vLLM's: prompts of any length, in blocks of 16 tokens, until others need the place", () => {
	const cache = new PrefixCache(() => 0, 10);
	const use = (text: string) => cache.useBlocks([{ text }], "all", vllmRules).cached;
	const [one, two] = ["a".repeat(64 * 5), "b".repeat(64 * 8)];
	expect([use(one), use(one), use(`${one.slice(0, 200)}other`)]).toEqual([0, 80, 48]);
	use(two);
	expect(use(one), "its memory is bounded").toBe(0);
});
