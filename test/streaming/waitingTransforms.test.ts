/** Transforms that have to wait for something, as a guardrail that asks another model: order, pace, failure, end. */
import { describe, expect, onTestFinished, test } from "vitest";
import { type Piece, unread } from "../../src/streaming/piece.js";
import type { Transform } from "../../src/streaming/transform.js";
import { TransformChain } from "../../src/streaming/transformChain.js";
import { chunk, completion, sendJson, startAiHost, startStream } from "../kit/aiHost.js";
import { gatewayFor, hello, postChat, temporaryFile } from "../kit/gateway.js";

/** A transform whose answers come when the test gives them. */
function held(): Transform & { release(): void; waiting: number } {
	const open: (() => void)[] = [];
	return {
		push: (piece) => new Promise((resolve) => open.push(() => resolve(piece))),
		end: () => Buffer.from("."),
		release: () => open.shift()?.(),
		get waiting() {
			return open.length;
		},
	};
}

function chainOf(...transforms: Transform[]) {
	const seen = { text: "", ended: undefined as string | undefined, resumed: 0, thrown: undefined as unknown };
	const chain = new TransformChain(transforms, {
		write: (piece) => {
			seen.text += piece.bytes;
			return true;
		},
		end: (rest) => {
			seen.ended = rest.toString();
		},
		resume: () => {
			seen.resumed += 1;
		},
		fail: (thrown) => {
			seen.thrown = thrown;
		},
	});
	return { chain, seen };
}

const piece = (text: string): Piece => unread(Buffer.from(text));
const turn = () => new Promise(setImmediate);

describe("a chain of transforms", () => {
	test("keeps the order, though a later piece could be answered first", async () => {
		const slow = held();
		const { chain, seen } = chainOf(slow, {
			push: ({ bytes }) => Buffer.from(`${bytes}!`),
			end: () => Buffer.alloc(0),
		});
		chain.write(piece("a"));
		chain.write(piece("b"));
		chain.end(unread(Buffer.alloc(0)));
		await turn();
		expect([seen.text, slow.waiting, seen.ended]).toEqual(["", 1, undefined]);
		slow.release();
		await turn();
		expect([seen.text, slow.waiting, seen.ended]).toEqual(["a!", 1, undefined]);
		slow.release();
		await turn();
		expect([seen.text, seen.ended]).toEqual(["a!b!", ".!"]);
	});

	test("has its source wait when too much is queued, and go on when that has passed", async () => {
		const slow = held();
		const { chain, seen } = chainOf(slow);
		const large = piece("x".repeat(40_000));
		expect([chain.write(piece("a")), chain.write(large), chain.write(large)]).toEqual([true, true, false]);
		for (let released = 0; released < 3; released += 1) {
			expect(seen.resumed).toBe(0);
			slow.release();
			await turn();
		}
		expect([seen.resumed, seen.text.length]).toEqual([1, 80_001]);
	});

	test("fails once, and passes nothing after that", async () => {
		const { chain, seen } = chainOf({ push: () => Promise.reject(new Error("no")), end: () => Buffer.alloc(0) });
		chain.write(piece("a"));
		chain.write(piece("b"));
		await turn();
		expect([seen.text, (seen.thrown as Error).message]).toEqual(["", "no"]);
		chain.write(piece("c"));
		chain.end(unread(Buffer.from("d")));
		await turn();
		expect([seen.text, seen.ended]).toEqual(["", undefined]);
	});

	test("drops what a transform keeps back", () => {
		const { chain, seen } = chainOf({ push: () => undefined, end: () => Buffer.from("end") });
		expect(chain.write(piece("a"))).toBe(true);
		chain.end(unread(Buffer.from("b")));
		expect([seen.text, seen.ended]).toEqual(["", "end"]);
	});
});

describe("a user's plugin that waits", () => {
	const plugin = (body: string) =>
		temporaryFile(
			"guard.mjs",
			`const later = () => new Promise((resolve) => setTimeout(resolve, 5));
			export default { name: "guard", stage: "upstream", middleware: () => async (ctx, next) => {
				await next();
				ctx.state.exchange.answer.transforms.push({ push: async (piece) => { await later(); ${body} }, end: () => Buffer.alloc(0) });
			} }`,
		);

	test("passes a stream whole and in order, and sees what its pieces say", async () => {
		const words = Array.from({ length: 30 }, (_none, place) => `w${place} `);
		const host = await startAiHost(async (_request, response) => {
			startStream(response);
			for (const word of words) {
				response.write(chunk({ content: word }));
				await turn();
			}
			response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
		});
		onTestFinished(() => host.close());
		const gateway = await gatewayFor(host, { plugin: [plugin("return piece;")] });
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		expect([...text.matchAll(/"content":"(w\d+ )"/g)].map(([, word]) => word)).toEqual(words);
		expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
	});

	test("may refuse in the middle", async () => {
		const host = await startAiHost((_request, response) => {
			startStream(response);
			response.end(chunk({ content: "fine" }) + chunk({}, "stop"));
		});
		onTestFinished(() => host.close());
		const refuses = 'throw Object.assign(new Error("Not this."), { status: 403, expose: true });';
		const gateway = await gatewayFor(host, { plugin: [plugin(refuses)] });
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		expect(text).not.toContain("fine");
		expect(text).toContain("Not this.");
		expect(text).not.toContain("[DONE]");
	});

	test("may refuse a whole answer", async () => {
		const host = await startAiHost((_request, response) => sendJson(response, completion));
		onTestFinished(() => host.close());
		const refuses = 'throw Object.assign(new Error("Not this."), { status: 403, expose: true });';
		const gateway = await gatewayFor(host, { plugin: [plugin(refuses)] });
		const response = await postChat(gateway.baseUrl, hello);
		expect([response.status, await response.text()]).toEqual([403, expect.stringContaining("Not this.")]);
	});
});
