/** Requests made from the contract's own schemas: valid ones are never refused, broken ones never reach the upstream. */
import fc from "fast-check";
import { generate } from "json-schema-faker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readBaseDocument } from "../src/contract/baseDocument.js";
import type { ErrorEnvelope } from "../src/errors/gatewayError.js";
import { type HostAnswer, sendJson, startAiHost, type TestHost } from "./kit/aiHost.js";
import { validatorAt } from "./kit/contract.js";
import { startGateway, type TestGateway, withoutRateLimit } from "./kit/gateway.js";

type Json = Record<string, unknown>;

const { components } = readBaseDocument() as { components: { schemas: Record<string, object> } };
const operations: [string, string][] = [
	["/v1/chat/completions", "CreateChatCompletionRequest"],
	["/v1/completions", "CreateCompletionRequest"],
	["/v1/embeddings", "CreateEmbeddingRequest"],
];

let host: TestHost;
let gateway: TestGateway;
const echo: HostAnswer = (request, response) => sendJson(response, { got: request.body.toString() });

beforeAll(async () => {
	host = await startAiHost(echo);
	// Else streams are asked for their usage.
	gateway = await startGateway(host.url, { overlay: [withoutRateLimit()], usage: "false" });
});
afterAll(async () => {
	await gateway.stop();
	await host.close();
});

const post = (path: string, body: unknown) =>
	fetch(gateway.url + path, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(body),
	});

/** Makes request bodies; the faker's rare misses are left out. */
function bodiesFor(name: string) {
	const schema = { ...components.schemas[name], components: { schemas: components.schemas } };
	const fits = validatorAt(`/components/schemas/${name}`);
	const options = { optionalsProbability: 0.4, maxItems: 3, maxLength: 40 };
	const valid = async (seed: number): Promise<Json | undefined> => {
		const value = (await generate(schema as never, { ...options, seed } as never)) as Json;
		// Whether there is such a prompt is no matter of the schema; test/prompts has to do with those.
		if (name === "CreateChatCompletionRequest") delete value.prompt;
		return fits(value) ? value : undefined;
	};
	return { fits, valid };
}

describe.each(operations)("%s", (path, name) => {
	const { fits, valid } = bodiesFor(name);

	test("whatever fits the schema is accepted and arrives as it was", async () => {
		let tried = 0;
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (seed) => {
				const body = await valid(seed);
				fc.pre(body !== undefined);
				tried += 1;
				const response = await post(path, body);
				expect({ status: response.status, body, answer: await response.clone().text() }).toMatchObject({ status: 200 });
				const { got } = (await response.json()) as { got: string };
				expect(JSON.parse(got)).toMatchObject(body as Json);
			}),
			{ numRuns: 150 },
		);
		expect(tried).toBeGreaterThan(100);
	});

	test("whatever does not fit is refused with 400 and never reaches the upstream", async () => {
		let tried = 0;
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.infiniteStream(fc.nat()), async (seed, choices) => {
				const body = await valid(seed);
				fc.pre(body !== undefined);
				const broken = breakSomewhere(body as Json, choices);
				fc.pre(!fits(broken));
				tried += 1;
				const before = host.received.length;
				const response = await post(path, broken);
				const { error } = (await response.json()) as ErrorEnvelope;
				expect({ status: response.status, broken, type: error.type }).toMatchObject({
					status: 400,
					type: "invalid_request_error",
				});
				expect(error.message.length).toBeGreaterThan(10);
				expect(host.received.length).toBe(before);
			}),
			{ numRuns: 200 },
		);
		expect(tried).toBeGreaterThan(100);
	});
});

const wrong: unknown[] = [null, 0, -1, 1.5, 1e9, "", "no such thing", true, [], [null], {}, { type: "nothing" }];

/** A copy with one value, somewhere inside, replaced by one of another kind or left out. */
function breakSomewhere(body: Json, choices: Iterable<number>): unknown {
	const next = (() => {
		const numbers = choices[Symbol.iterator]();
		return (below: number) => (numbers.next().value as number) % below;
	})();
	const copy = structuredClone(body);
	let parent: Json | unknown[] = copy;
	for (;;) {
		const keys = Object.keys(parent);
		const key = keys[next(Math.max(1, keys.length))];
		if (key === undefined) return copy;
		const child = (parent as Json)[key];
		if (typeof child === "object" && child !== null && Object.keys(child).length > 0 && next(3) > 0) {
			parent = child as Json;
			continue;
		}
		if (next(4) === 0 && !Array.isArray(parent)) delete (parent as Json)[key];
		else (parent as Json)[key] = wrong[next(wrong.length)];
		return copy;
	}
}
