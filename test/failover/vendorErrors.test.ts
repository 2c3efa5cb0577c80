/** Errors of vendors on their way through a route: which are asked again, which elsewhere, and what the client reads. */
import { expect, onTestFinished, test } from "vitest";
import { referenceAnswer } from "../../src/mockHosts/lab/referenceAnswers.js";
import { chunk, type HostAnswer, startAiHost, startStream } from "../kit/aiHost.js";
import { clientOf, gatewayWith, hear, route, startLab, upstream } from "../kit/routing.js";

const json =
	(status: number, error: object, headers: Record<string, string> = {}): HostAnswer =>
	(_request, response) => {
		response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify({ error }));
	};

const event =
	(error: object, before = ""): HostAnswer =>
	(_request, response) => {
		startStream(response);
		response.end(`${before}data: ${JSON.stringify({ error })}\n\n`);
	};

/** A route to a vendor that answers so, and to another upstream that does better. */
async function behind(answer: HostAnswer, hasOther = true) {
	const vendor = await startAiHost(answer);
	onTestFinished(() => vendor.close());
	const other = await startLab();
	const gateway = await gatewayWith({
		upstreams: [upstream("vendor", `${vendor.url}/v1`), upstream("other", other.url)],
		routes: [route(hasOther ? ["vendor/m", "other/ok"] : ["vendor/m"], { rescue: "off" })],
	});
	return { client: clientOf(gateway), asked: () => vendor.received.length };
}

const perDay = {
	code: 429,
	message: "You exceeded your current quota.",
	status: "RESOURCE_EXHAUSTED",
	details: [{ violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel" }] }, { retryDelay: "0.01s" }],
};

test.each<[string, HostAnswer, number]>([
	["a limit for the moment", json(429, { message: "slow down", code: "rate_limit_exceeded" }), 2],
	["a quota", json(429, { message: "no", type: "insufficient_quota", code: "insufficient_quota" }), 1],
	["a quota of a day, whatever it says of seconds", json(429, perDay), 1],
	["a wait of hours", json(429, { message: "later" }, { "retry-after": "7200" }), 1],
	["hours until a limit begins anew", json(429, { message: "later" }, limitHeaders("6h0m0s")), 1],
	["an account without money", json(402, { message: "Insufficient Balance" }), 1],
	["a model that isn't there", json(404, { message: "The model `m` does not exist", code: "model_not_found" }), 1],
	["a tier without capacity", json(498, { message: "no", code: "capacity_exceeded" }), 2],
	["an event that says the quota is used up", event({ message: "no", code: "insufficient_quota" }), 1],
	["an event that says there is no such model", event({ message: "no", code: "model_not_found" }), 1],
	["an event that says it is overloaded", event({ message: "no", type: "overloaded_error" }), 2],
])("after %s the next target answers", async (_name, answer, times) => {
	const { client, asked } = await behind(answer);
	expect(await hear(client)).toMatchObject({ text: referenceAnswer, error: undefined });
	expect(asked()).toBe(times);
});

function limitHeaders(reset: string): Record<string, string> {
	return { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": reset };
}

test.each<[string, HostAnswer, number, string | undefined]>([
	[
		"a prompt that is too long",
		event({ message: "too long", code: "context_length_exceeded" }),
		400,
		"context_length_exceeded",
	],
	["a quota", event({ message: "no", code: "insufficient_quota" }), 429, "insufficient_quota"],
])("before output %s is the status that it would have been", async (_name, answer, status, code) => {
	const { client, asked } = await behind(answer, false);
	expect((await hear(client)).error).toMatchObject({ status, code });
	expect(asked()).toBe(1);
});

test("after output an error ends the stream, and nobody is asked again", async () => {
	const { client, asked } = await behind(
		event({ message: "no", code: "insufficient_quota" }, chunk({ content: "Hi" })),
	);
	const { text, error } = await hear(client);
	expect([text, error?.message]).toEqual(["Hi", expect.stringContaining("no")]);
	expect(asked()).toBe(1);
});
