/** Webhooks: who is told of responses in the background, how messages are signed, and how they are sent again. */
import type { IncomingHttpHeaders } from "node:http";
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import type { WebhookSettings } from "../../src/settings/webhookSettings.js";
import { webhookEvents } from "../../src/settings/webhookSettings.js";
import { pauseAfter, triedForMs } from "../../src/webhooks/schedule.js";
import { startAiHost } from "../kit/aiHost.js";
import { gatewayOver, startSteppedHost } from "../replay/kit.js";

const body = { model: "m", input: "Count", background: true } as const;
const secret = `whsec_${Buffer.from("a secret of this test").toString("base64")}`;

interface Message {
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
	readonly json: { id: string; type: string; data: { id: string } };
}

/** A receiver that answers with these statuses, and then always with 200. */
async function startReceiver(...statuses: number[]) {
	const messages: Message[] = [];
	const host = await startAiHost(({ headers, body: bytes }, response) => {
		const text = bytes.toString();
		messages.push({ headers, body: text, json: JSON.parse(text) });
		response.writeHead(statuses.shift() ?? 200, { location: "http://127.0.0.1:1/" }).end();
	});
	onTestFinished(() => host.close());
	return { url: host.url, messages };
}

function webhook(url: string, more: Partial<WebhookSettings> = {}): WebhookSettings {
	const all = { routes: undefined, keys: undefined, teams: undefined };
	return { name: "one", url, secret, events: webhookEvents, ...all, ...more };
}

async function started(...webhooks: WebhookSettings[]) {
	const host = await startSteppedHost();
	const gateway = await gatewayOver(host, {}, { webhooks });
	const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "k", maxRetries: 0 });
	return { host, gateway, client };
}

test("are told once, in a message that OpenAI's SDK takes for one of its own", async () => {
	const { url, messages } = await startReceiver();
	const { host, client } = await started(webhook(url));
	host.finish();
	const { id } = await client.responses.create(body);
	await expect.poll(() => messages.length).toBe(1);
	const [message] = messages as [Message];
	const event = await client.webhooks.unwrap(message.body, message.headers as Record<string, string>, secret);
	expect(event).toMatchObject({ object: "event", type: "response.completed", data: { id } });
	expect(event.id).toMatch(/^evt_/);
	expect(message.headers["webhook-id"]).toMatch(/^wh_/);
	await expect(
		client.webhooks.unwrap(message.body, message.headers as Record<string, string>, "another"),
	).rejects.toThrow();
	// It is durable by the time that anybody is told.
	expect(await client.responses.retrieve(id)).toMatchObject({ status: "completed" });
});

test("are told of cancelled and failed ones, each of what it wants to hear", async () => {
	const all = await startReceiver();
	const failed = await startReceiver();
	const other = await startReceiver();
	const { host, client } = await started(
		webhook(all.url, { name: "all" }),
		webhook(failed.url, { name: "failed", events: ["response.failed"] }),
		webhook(other.url, { name: "other", teams: ["another"] }),
	);
	const first = await client.responses.create(body);
	await client.responses.cancel(first.id);
	await expect.poll(() => all.messages.map(({ json }) => json.type)).toEqual(["response.cancelled"]);
	await host.close();
	const second = await client.responses.create(body);
	await expect.poll(() => failed.messages.map(({ json }) => json.data.id)).toEqual([second.id]);
	await expect.poll(() => all.messages.map(({ json }) => json.type)).toEqual(["response.cancelled", "response.failed"]);
	expect(all.messages[1]?.json.id).toBe(failed.messages[0]?.json.id);
	expect(other.messages).toEqual([]);
});

test.each([[500], [307], [404]])("that answer with %i are told again, by the same id", async (status) => {
	const { url, messages } = await startReceiver(status);
	const { host, gateway, client } = await started(webhook(url));
	host.finish();
	await client.responses.create(body);
	await expect.poll(() => messages.length).toBe(1);
	const { store } = gateway.gateway.services;
	const list = () => store.webhooks.list({ limit: 5, order: "desc" });
	await expect.poll(async () => (await list()).data[0]?.attempts).toBe(1);
	const [waiting] = (await list()).data;
	expect(waiting).toMatchObject({ state: "waiting", lastResult: String(status) });
	expect((waiting?.nextAt ?? 0) - Date.now()).toBeGreaterThan(1_000);
	await store.webhooks.retry(waiting?.id ?? "");
	gateway.gateway.services.background.look();
	await expect.poll(() => messages.length).toBe(2);
	expect(messages[1]?.headers["webhook-id"]).toBe(messages[0]?.headers["webhook-id"]);
	expect(messages[1]?.body).toBe(messages[0]?.body);
	await expect.poll(async () => (await list()).data[0]?.state).toBe("delivered");
});

test("are given up in the end, with a line that holds neither URL nor secret", async () => {
	const { host, gateway, client } = await started(webhook("http://127.0.0.1:1/hidden"));
	const { store } = gateway.gateway.services;
	const createdAt = Math.floor((Date.now() - triedForMs) / 1000);
	const old = {
		id: "wh_old",
		endpoint: "one",
		eventId: "evt_1",
		type: "response.completed",
		subject: "resp_1",
		createdAt,
	};
	await store.webhooks.add([old]);
	gateway.gateway.services.background.look();
	await expect
		.poll(async () => (await store.webhooks.list({ limit: 1, order: "desc" })).data[0]?.state)
		.toBe("given_up");
	const said = gateway.printed.join("\n");
	expect(said).toContain("webhook one: response.completed (wh_old) is given up after 1 attempts (ECONNREFUSED)");
	expect(said).not.toContain("hidden");
	expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain(
		'llmgw_webhook_attempts_total{webhook="one",event="response.completed",outcome="given_up"} 1',
	);
	await Promise.all([host.close(), client]);
});

describe("the pause before another attempt", () => {
	test("grows up to hours, and ends after three days", () => {
		let sinceMs = 0;
		const pauses: number[] = [];
		for (let attempts = 1; ; attempts += 1) {
			const pause = pauseAfter(attempts, sinceMs, undefined, 0.5);
			if (pause === undefined) break;
			pauses.push(pause);
			sinceMs += pause;
		}
		expect(pauses.slice(0, 3)).toEqual([5_000, 12_500, 31_250]);
		expect(Math.max(...pauses)).toBe(6 * 3_600_000);
		expect(pauses.length).toBeGreaterThan(15);
		expect(sinceMs).toBeLessThanOrEqual(triedForMs);
	});

	test("is the one that a receiver asks for, within bounds", () => {
		expect(pauseAfter(1, 0, 60_000, 0.5)).toBe(60_000);
		expect(pauseAfter(1, 0, 10 * 86_400_000, 0.5)).toBe(6 * 3_600_000);
		expect(pauseAfter(1, 0, 1, 0.5)).toBe(5_000);
	});
});
