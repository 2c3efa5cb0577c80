/** Responses in the background, over a host that knows nothing of them. */
import OpenAI from "openai";
import { expect, test } from "vitest";
import { noLimits } from "../../src/settings/limitSettings.js";
import { anonymous } from "../../src/store/anonymousOwner.js";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { startGateway, temporaryFolder } from "../kit/gateway.js";
import { scrape } from "../kit/metrics.js";
import { gatewayOver, startSteppedHost, words } from "../replay/kit.js";

const body = { model: "m", input: "Count", background: true } as const;

async function started(flags: Record<string, unknown> = {}) {
	const host = await startSteppedHost();
	const gateway = await gatewayOver(host, flags);
	const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "k", maxRetries: 0 });
	return { host, client, gateway };
}

const textOf = ({ output_text: text }: { output_text: string }) => text;

test("answers at once, and goes on without its client", async () => {
	const { host, client } = await started();
	const queued = await client.responses.create({ ...body, metadata: { of: "test" } });
	expect(queued).toMatchObject({ object: "response", status: "queued", background: true, metadata: { of: "test" } });
	await host.step();
	await expect.poll(async () => (await client.responses.retrieve(queued.id)).status).toBe("in_progress");
	host.finish();
	await expect.poll(async () => (await client.responses.retrieve(queued.id)).status).toBe("completed");
	const whole = await client.responses.retrieve(queued.id);
	expect(whole).toMatchObject({ id: queued.id, background: true, created_at: queued.created_at });
	expect(textOf(whole)).toBe(words.join(""));
	expect(host.received).toHaveLength(1);
	expect(JSON.parse(host.received[0]?.body.toString() ?? "")).not.toHaveProperty("background");
});

test("gives its events to whoever asked, who may leave and come back for the rest", async () => {
	const { host, client } = await started();
	const stream = await client.responses.create({ ...body, stream: true });
	let id = "";
	let last = -1;
	await host.step();
	await host.step();
	for await (const event of stream) {
		expect(event.sequence_number).toBe(last + 1);
		last = event.sequence_number;
		if (event.type === "response.created") {
			id = event.response.id;
			expect(event.response).toMatchObject({ status: "queued", background: true });
		}
		if (event.type === "response.output_text.delta" && event.delta.includes("two")) break;
	}
	const rest = await client.responses.retrieve(id, { stream: true, starting_after: last });
	host.finish();
	let text = "";
	for await (const event of rest) {
		expect(event.sequence_number).toBe(last + 1);
		last = event.sequence_number;
		if (event.type === "response.output_text.delta") text += event.delta;
		if (event.type === "response.completed") expect(event.response).toMatchObject({ id, background: true });
	}
	expect(text).toBe(" three four");
	const again = await client.responses.retrieve(id, { stream: true, starting_after: 0 });
	const types: string[] = [];
	for await (const event of again) types.push(event.type);
	expect(types[0]).toBe("response.queued");
	expect(types.at(-1)).toBe("response.completed");
	expect(host.received).toHaveLength(1);
});

test("is cancelled at the upstream, once and for all", async () => {
	const { host, client } = await started();
	const { id } = await client.responses.create(body);
	await host.step();
	await expect.poll(() => host.received.length).toBe(1);
	const aborted = host.nextAbort();
	expect(await client.responses.cancel(id)).toMatchObject({ id, status: "cancelled", error: null });
	expect(await client.responses.cancel(id)).toMatchObject({ id, status: "cancelled" });
	expect(await client.responses.retrieve(id)).toMatchObject({ status: "cancelled" });
	await aborted;
});

test("that an upstream refuses is failed, with its words", async () => {
	const host = await startAiHost((_request, response) =>
		sendJson(response, { error: { message: "No such thing.", type: "invalid_request_error", code: "odd" } }, 400),
	);
	const { baseUrl } = await gatewayOver(host);
	const client = new OpenAI({ baseURL: baseUrl, apiKey: "k", maxRetries: 0 });
	const { id } = await client.responses.create(body);
	await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("failed");
	expect((await client.responses.retrieve(id)).error).toEqual({ code: "odd", message: "No such thing." });
	await host.close();
});

test.each([
	["store: false", { ...body, store: false }, 400, "store"],
	["a background that is no boolean", { ...body, background: "yes" }, 400, "background"],
])("refuses %s before anything is stored", async (_what, wrong, status, param) => {
	const { host, gateway } = await started();
	const answer = await fetch(`${gateway.baseUrl}/responses`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(wrong),
	});
	expect(answer.status).toBe(status);
	expect(await answer.json()).toMatchObject({ error: { param, type: "invalid_request_error" } });
	expect(host.received).toHaveLength(0);
});

test("has bounds: for each owner, in a worker, and in time", async () => {
	const { host, client } = await started({
		"background-owner-max": "3",
		"background-max": "1",
		"background-timeout": "2s",
	});
	const created = [];
	for (let at = 0; at < 3; at += 1) created.push(await client.responses.create(body));
	await expect(client.responses.create(body)).rejects.toMatchObject({
		status: 429,
		code: "too_many_background_responses",
	});
	await expect.poll(() => host.received.length).toBe(1);
	await client.responses.cancel(created[2]?.id ?? "");
	for (const { id } of created.slice(0, 2)) {
		await expect.poll(async () => (await client.responses.retrieve(id)).status, { timeout: 5_000 }).toBe("failed");
		expect((await client.responses.retrieve(id)).error?.message).toContain("in the time");
	}
	expect(await client.responses.retrieve(created[2]?.id ?? "")).toMatchObject({ status: "cancelled" });
	expect(host.received.length).toBeLessThanOrEqual(2);
});

test.each([
	["at once", 0, true],
	["late", 2_500, false],
])("that a limit refuses %s", async (_when, maxWaitMs, isRefused) => {
	const host = await startSteppedHost();
	const limits = { ...noLimits, clients: { concurrentRequests: 1 }, maxWaitMs };
	const { baseUrl } = await gatewayOver(host, {}, { limits });
	const client = new OpenAI({ baseURL: baseUrl, apiKey: "k", maxRetries: 0 });
	const first = await client.responses.create(body);
	await expect.poll(() => host.received.length).toBe(1);
	const second = client.responses.create(body);
	if (isRefused) await expect(second).rejects.toMatchObject({ status: 429 });
	else {
		const { id } = await second;
		await expect.poll(async () => (await client.responses.retrieve(id)).status, { timeout: 10_000 }).toBe("failed");
		expect((await client.responses.retrieve(id)).error?.code).toBe("rate_limit_exceeded");
	}
	expect(await client.responses.cancel(first.id)).toMatchObject({ status: "cancelled" });
	expect(host.received).toHaveLength(1);
});

test("is removed while it runs, and stopped by that", async () => {
	const { host, client } = await started();
	const { id } = await client.responses.create(body);
	await expect.poll(() => host.received.length).toBe(1);
	const aborted = host.nextAbort();
	await client.responses.delete(id);
	await aborted;
	await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
});

test("can be gone on from", async () => {
	const { host, client } = await started();
	host.finish();
	const { id } = await client.responses.create(body);
	await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("completed");
	const next = await client.responses.create({ model: "m", input: "And on", previous_response_id: id });
	expect(next.status).toBe("completed");
	expect(host.received[1]?.body.toString()).toContain(words.join(""));
});

test("is gone on from once it is finished, and says so before", async () => {
	const { host, client } = await started();
	const { id } = await client.responses.create(body);
	await host.step();
	await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("in_progress");
	const goOn = (more = {}) => client.responses.create({ model: "m", input: "On", previous_response_id: id, ...more });
	const items = async () => client.responses.inputItems.list(id);
	const message = expect.stringContaining("its status is in_progress");
	const unfinished = { status: 400, code: "previous_response_not_finished", param: "previous_response_id", message };
	await expect(goOn()).rejects.toMatchObject(unfinished);
	await expect(goOn({ background: true })).rejects.toMatchObject(unfinished);
	await expect(items()).rejects.toMatchObject({ status: 400, code: "response_not_finished", message });
	await expect(client.get(`/responses/${id}/turns`)).rejects.toMatchObject({ code: "response_not_finished" });
	await client.responses.cancel(id);
	await expect.poll(() => items().catch(() => undefined)).toMatchObject({ data: [{ role: "user" }] });
	const kept = { data: [{ id, status: "cancelled" }] };
	expect(await client.get("/responses/kept")).toMatchObject(kept);
	host.finish();
	expect(await goOn()).toMatchObject({ status: "completed" });
});

test("that was cancelled before anything came of it can't be gone on from", async () => {
	const { host, client } = await started();
	const { id } = await client.responses.create(body);
	await expect.poll(() => host.received.length).toBe(1);
	await client.responses.cancel(id);
	const message = expect.stringContaining("its status is cancelled");
	const next = client.responses.create({ model: "m", input: "On", previous_response_id: id });
	await expect(next).rejects.toMatchObject({ status: 400, code: "previous_response_not_found", message });
	const items = async () => client.responses.inputItems.list(id);
	await expect(items()).rejects.toMatchObject({ status: 400, code: "response_items_not_kept", message });
});

test("can be switched off", async () => {
	const { client } = await started({ "background-max": "0" });
	await expect(client.responses.create(body)).rejects.toMatchObject({ status: 400, param: "background" });
});

test("leaves one usage record, with the tokens", async () => {
	const { host, client, gateway } = await started();
	host.finish();
	const { id } = await client.responses.create(body);
	await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("completed");
	const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
	expect(metrics).toContain('llmgw_background_responses_total{status="completed"} 1');
	expect(metrics).toMatch(/llmgw_attempts_total\{.*kind="first".*\} 1/);
});

test("is one request in metrics, and the log tells its two lines apart", async () => {
	const { host, client, gateway } = await started({ "log-format": "json" });
	host.finish();
	const { id } = await client.responses.create(body);
	await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("completed");
	const lines = () =>
		gateway.printed
			.map((line) => JSON.parse(line) as Record<string, unknown>)
			.filter(({ operation }) => operation === "createResponse");
	await expect
		.poll(() =>
			lines()
				.map(({ made_for: purpose }) => purpose)
				.sort(),
		)
		.toEqual(["background", undefined]);
	const { sum } = await scrape(gateway.url);
	expect(sum("llmgw_requests_total", { operation: "createResponse" })).toBe(1);
	expect(sum("llmgw_attempts_total", {})).toBe(1);
});

test("is kept as long as other responses are", async () => {
	const data = temporaryFolder();
	const host = await startSteppedHost();
	host.finish();
	const before = await startGateway(host.url, { data });
	const client = new OpenAI({ baseURL: before.baseUrl, apiKey: "k", maxRetries: 0 });
	const { id } = await client.responses.create(body);
	await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("completed");
	await before.stop();
	const kept = await gatewayOver(host, { data, "response-max-age": "1h" });
	const record = async ({ gateway: { services } }: typeof kept) => {
		services.background.look();
		await services.background.settled();
		return services.store.background.get(anonymous, id);
	};
	expect(await record(kept)).toBeDefined();
	const forgetful = await gatewayOver(host, { data, "response-max-age": "1ms" });
	await expect.poll(() => record(forgetful)).toBeUndefined();
});
