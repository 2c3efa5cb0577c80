/** Models and routes that a caller may not use are refused before anything depends on them. */
import { expect, onTestFinished, test } from "vitest";
import { completion, type HostAnswer, sendJson, startAiHost } from "./kit/aiHost.js";
import { errorOf, hello, postChat, type TestGateway, temporaryFile } from "./kit/gateway.js";
import { gatewayWith, keyOf, until } from "./kit/limited.js";
import { readMetrics, type Scrape } from "./kit/metrics.js";
import { clientOf } from "./kit/prompts.js";
import { route, upstream } from "./kit/routing.js";

const oneAtATime = {
	organisations: { acme: { concurrentRequests: 1, tokensPerMinute: 100_000 } },
	maxWaitMs: 60_000,
};

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** What plugins of these tests note, in this process. */
const notes = globalThis as unknown as { notes: unknown[] };

/** Notes which requests a stage sees. */
const noting = (stage: string) =>
	temporaryFile(
		"noting.mjs",
		`export default { name: "noting-${stage}", stage: "${stage}", middleware: () => (ctx, next) => {
			const { model, route } = ctx.state.exchange;
			globalThis.notes.push([model, route?.name]);
			return next(); } }`,
	);

const twoRoutes = (url: string) => ({
	upstreams: [upstream("a", `${url}/v1`)],
	routes: [
		route(["a"], { name: "small", models: ["small"] }),
		route(["a"], { name: "large", models: ["large", "huge"] }),
	],
});

/** A gateway whose one place is taken, by a request that the upstream answers when the test is over. */
async function fullGateway(): Promise<{ gateway: TestGateway; add(given: object): Promise<string> }> {
	const answers: (() => void)[] = [];
	const answer: HostAnswer = (_request, response) => void answers.push(() => sendJson(response, completion));
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const flags = { plugin: [noting("upstream")] };
	const gateway = await gatewayWith(host, oneAtATime, { routing: twoRoutes(host.url), flags });
	const add = (given: object) => keyOf(gateway, { organisation: "acme", ...given });
	notes.notes = [];
	const first = postChat(gateway.baseUrl, { ...hello, model: "small" }, bearer(await add({ name: "first" })));
	onTestFinished(async () => {
		for (const give of answers) give();
		await (await first).text();
	});
	await until(() => host.received.length === 1);
	return { gateway, add };
}

async function scrape({ url }: TestGateway, secret: string): Promise<Scrape> {
	return readMetrics(await (await fetch(`${url}/metrics`, { headers: bearer(secret) })).text());
}

function ledgerSize({ gateway }: TestGateway): unknown {
	return (gateway.services.ledger as unknown as { size: unknown }).size;
}

test.each([
	["a model that its key may not use", { model: "large" }, { models: ["small"] }, 403, "model_not_allowed"],
	["a model of a route that its key may not use", { model: "large" }, { routes: ["small"] }, 403, "route_not_allowed"],
	["a model that no route takes", { model: "none" }, {}, 404, "model_not_found"],
	["a forbidden model of a prompt", { prompt: { id: "p" } }, { models: ["small"] }, 403, "model_not_allowed"],
	[
		"a forbidden model among its `models`",
		{ model: "small", models: ["large"] },
		{ models: ["small"] },
		403,
		"model_not_allowed",
	],
	[
		"a forbidden model among its `fallbacks`",
		{ model: "small", fallbacks: [{ small: ["large"] }] },
		{ models: ["small"] },
		403,
		"model_not_allowed",
	],
])("a request for %s never waits, reserves nothing, and reaches no plugin around the call", async (...given) => {
	const [, body, key, status, code] = given;
	const { gateway, add } = await fullGateway();
	const secret = await add({ name: "second", team: "blue", ...key });
	const call = clientOf(gateway, bearer(secret));
	await call("POST", "/prompts", { name: "p", ...hello, parameters: { model: "large" } });
	const seen = notes.notes.length;

	const response = await postChat(gateway.baseUrl, { ...hello, ...body }, bearer(secret));

	expect([response.status, (await errorOf(response)).code]).toEqual([status, code]);
	expect(notes.notes).toHaveLength(seen);
	await until(() => gateway.gateway.services.load.requests === 1);
	await new Promise(setImmediate);
	expect(ledgerSize(gateway)).toEqual({ holds: 1, waiting: 0 });
	expect([...response.headers.keys()].filter((name) => /-tokens$/.test(name))).toEqual([]);
	const { sum } = await scrape(gateway, await add({ name: "scraper", permissions: ["metrics"] }));
	// The first request's two limits.
	expect([sum("llmgw_limit_decisions_total"), sum("llmgw_limit_wait_seconds_count")]).toEqual([2, 1]);
	expect(sum("llmgw_requests_total", { status: String(status), route: "none" })).toBe(1);
});

test("plugins know the model and the route once the body is valid", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	notes.notes = [];
	const flags = { plugin: [noting("authenticated"), noting("validated"), noting("upstream")] };
	const gateway = await gatewayWith(host, {}, { routing: twoRoutes(host.url), flags });
	expect((await postChat(gateway.baseUrl, { ...hello, model: "huge" })).status).toBe(200);
	expect(notes.notes).toEqual([
		[undefined, undefined],
		["huge", "large"],
		["huge", "large"],
	]);
});
