/** Bodies that fill a gateway's memory for them. */
import { expect, onTestFinished } from "vitest";
import { completion, type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { gatewayFor, hello, type TestGateway } from "../kit/gateway.js";
import { openRaw, type RawConnection, requestText } from "../kit/rawHttp.js";
import { expectRefusal, rawRefusal } from "./pair.js";

export const mega = 1024 * 1024;

/** @param bodyWait the setting */
export async function inFront(
	bodyWait: string,
	answer: HostAnswer = (_request, response) => sendJson(response, completion),
) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host, { "body-budget": "8mb", "body-wait": bodyWait, workers: "1" });
	return { host, gateway };
}

export const bodyOf = (bytes: number) =>
	JSON.stringify({ ...hello, model: "m", max_tokens: 5, temperature: 0.5, x: "x".repeat(bytes) });

export const head = (...headers: string[]) =>
	requestText({
		method: "POST",
		target: "/v1/chat/completions",
		headers: ["content-type: application/json", ...headers],
	});

export function open(gateway: TestGateway): RawConnection {
	const connection = openRaw(gateway.port);
	onTestFinished(() => connection.destroy());
	return connection;
}

export const held = ({ gateway }: TestGateway) => gateway.services.bodies.heldBytes;

/** One whose body is announced, and does not come. */
export async function announce(gateway: TestGateway, bytes: number): Promise<RawConnection> {
	const before = held(gateway);
	const connection = open(gateway);
	connection.send(head(`content-length: ${bytes}`));
	await expect.poll(() => held(gateway)).toBe(before + bytes);
	return connection;
}

export async function expectBudgetRefusal(connection: RawConnection): Promise<void> {
	const [message] = await connection.answers(1);
	if (message === undefined) throw new Error("no answer");
	expectRefusal(rawRefusal(message), 503);
	expect(JSON.parse(message.body).error.code).toBe("body_budget_used_up");
	expect(message.headers["retry-after"]).toBe("1");
}
