/** A host and a gateway in front of it for all tests of one file, and what every file expects of both. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HostAnswer, type Received, startAiHost, type TestHost } from "../kit/aiHost.js";
import { hello, postChat, startGateway, type TestGateway, temporaryFile } from "../kit/gateway.js";
import { type RawMessage, readMessages } from "../kit/rawHttp.js";

export interface Pair {
	host: TestHost;
	gateway: TestGateway;
	/** @returns the requests that have reached the upstream since the last call */
	arrivals(): Received[];
}

/** Starts both before the file's tests. Flags as on the command line, without their dashes. */
export function pairForAll(flags: Record<string, unknown> = {}, answer?: HostAnswer): Pair {
	const pair = { arrivals: () => pair.host.received.splice(0) } as Pair;
	beforeAll(async () => {
		pair.host = await startAiHost(answer);
		// Which names it answers to is another matter (`test/browsers`).
		pair.gateway = await startGateway(pair.host.url, { overlay: withoutRateLimit(), "allowed-host": "*", ...flags });
	});
	afterAll(async () => {
		await pair.gateway.stop();
		await pair.host.close();
	});
	return pair;
}

function withoutRateLimit(): string {
	const lines = ["overlay: 1.0.0", "info: {title: No rate limit, version: 1.0.0}", "actions:"];
	return temporaryFile("overlay.yaml", `${lines.join("\n")}\n  - {target: $, update: {x-rate-limit: false}}\n`);
}

/** The last test of a file: all that came before has left no trace. */
export function testHealthAfterwards(pair: Pair): void {
	test("afterwards the gateway serves as ever, with nothing left in flight and nothing failed inside", async () => {
		pair.arrivals();
		const response = await postChat(pair.gateway.baseUrl, hello);
		expect(response.status).toBe(200);
		await response.text();
		expect(pair.arrivals()).toHaveLength(1);
		await expect.poll(() => pair.gateway.gateway.services.load).toEqual({ requests: 0, streams: 0 });
		expect(pair.gateway.printed.filter((line) => !line.startsWith("The upstream "))).toEqual([]);
	});
}

/** A refusal in OpenAI's envelope, with a request id. */
export interface Refusal {
	status: number;
	requestId: string | undefined;
	type: string | undefined;
	body: string;
}

export async function refusalOf(response: Response): Promise<Refusal> {
	const { status, headers } = response;
	return {
		status,
		requestId: headers.get("x-request-id") ?? undefined,
		type: headers.get("content-type") ?? undefined,
		body: await response.text(),
	};
}

export function rawRefusal({ status, headers, body }: RawMessage): Refusal {
	return { status, requestId: headers["x-request-id"], type: headers["content-type"], body };
}

/** Fails unless it is one of these statuses in the envelope. */
export function expectRefusal(refusal: Refusal, statuses: number | readonly number[]): void {
	expect([statuses].flat(), refusal.body).toContain(refusal.status);
	expect(refusal.requestId).toMatch(/^[A-Za-z0-9._:/+=@-]{1,128}$/);
	expect(refusal.type).toMatch(/^application\/json\b/);
	expect(JSON.parse(refusal.body)).toEqual({
		error: {
			message: expect.stringMatching(/\S/),
			type: refusal.status === 503 ? "overloaded_error" : refusal.status < 500 ? "invalid_request_error" : "api_error",
			param: refusal.status === 400 ? expect.toBeOneOf([null, expect.any(String)]) : null,
			code: expect.stringMatching(/^[a-z_]+$/),
		},
	});
}

/** Fails unless all that came back on a connection is one refusal that announces the connection's end. */
export function expectOnlyRefusal(text: string, statuses: number | readonly number[]): void {
	const [message, ...more] = readMessages(text);
	expect(more).toEqual([]);
	if (message === undefined) throw new Error(`no answer: ${JSON.stringify(text)}`);
	expect(message.headers.connection).toBe("close");
	expectRefusal(rawRefusal(message), statuses);
}

/** A short name for any bytes. */
export function shown(bytes: string | Buffer): string {
	const text = typeof bytes === "string" ? bytes : bytes.toString("latin1");
	const quoted = JSON.stringify(text.length > 48 ? `${text.slice(0, 40)}…(${text.length})` : text);
	return quoted.replace(/[\x7f-\xff]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`);
}
