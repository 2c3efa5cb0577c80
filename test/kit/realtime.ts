/** Realtime sessions for tests: an upstream whose side of them a test plays, and clients of the gateway. */
import type { IncomingMessage } from "node:http";
import { onTestFinished, vi } from "vitest";
import { type ClientOptions, type WebSocket, WebSocketServer } from "ws";
import { type HostAnswer, startAiHost, type TestHost } from "./aiHost.js";
import type { TestGateway } from "./gateway.js";
import { type Frame, openSocket, type TestSocket } from "./sockets.js";

type Json = Record<string, unknown>;

export interface SessionHost extends TestHost {
	/** Handshakes that came, in order. */
	readonly handshakes: IncomingMessage[];
	/** Its sides of the sessions, in order. */
	readonly sides: WebSocket[];
	/** What clients have sent. */
	readonly heard: (Json | Buffer)[];
}

/**
 * An upstream that takes every session, and says that it is there.
 *
 * @param serve is called with its side of each session
 * @param refusal the status with which it answers handshakes instead
 * @param answer its answer to requests over HTTP
 */
export async function startSessionHost(
	serve: (side: WebSocket, say: (event: Json) => void) => void = (_side, say) => say(created),
	refusal?: number,
	answer?: HostAnswer,
): Promise<SessionHost> {
	const host: SessionHost = Object.assign(await startAiHost(answer), { handshakes: [], sides: [], heard: [] });
	const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
	host.server.on("upgrade", (request, connection, head) => {
		host.handshakes.push(request);
		if (refusal !== undefined) {
			const body = '{"error":{"message":"Not today.","code":"not_today"}}';
			connection.end(
				`HTTP/1.1 ${refusal} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
			);
			return;
		}
		server.handleUpgrade(request, connection, head, (side) => {
			host.sides.push(side);
			side.on("error", () => {});
			side.on("message", (data: Buffer, isBinary: boolean) =>
				host.heard.push(isBinary ? data : (JSON.parse(data.toString()) as Json)),
			);
			serve(side, (event) => side.send(JSON.stringify(event)));
		});
	});
	onTestFinished(async () => {
		for (const side of host.sides) side.terminate();
		await host.close();
	});
	return host;
}

/** What upstreams answer to an offer. */
export const answeredSdp = "v=0\r\ns=answer\r\n";

/** Begins the call `rtc_1`, and takes whatever is asked of it. */
export const takingCalls: HostAnswer = ({ url }, response) => {
	if (url.endsWith("/realtime/calls")) {
		const headers = { "content-type": "application/sdp", location: "/v1/realtime/calls/rtc_1" };
		response.writeHead(201, headers).end(answeredSdp);
	} else response.writeHead(200).end();
};

export const created = { type: "session.created", session: { type: "realtime", model: "upstream-model" } };

/** The last event of a response, and its token counts. */
export function done(input: number, output: number): Json {
	const usage = {
		total_tokens: input + output,
		input_tokens: input,
		output_tokens: output,
		input_token_details: { text_tokens: 1, audio_tokens: input - 1, cached_tokens: 1 },
		output_token_details: { text_tokens: 1, audio_tokens: output - 1 },
	};
	return { type: "response.done", response: { id: "resp_1", object: "realtime.response", output: [], usage } };
}

/** Opens a session; its client goes when the test ends. */
export async function openSession(
	{ url }: { url: string },
	{
		path = "/v1/realtime?model=m",
		protocols = [],
		...options
	}: ClientOptions & { path?: string; protocols?: string[] } = {},
): Promise<TestSocket> {
	const session = await openSocket(url, options, path, protocols);
	onTestFinished(() => session.socket.terminate());
	return session;
}

/** Takes frames until one of that type. */
export async function frameOf(session: TestSocket, type: string): Promise<Frame> {
	for (;;) {
		const frame = await session.next();
		if (frame.type === type) return frame;
	}
}

/** Flags of gateways whose log `sessionLine` reads. */
export const logged = { "log-format": "json" };

/** The log's line of the session that is over. */
export function sessionLine(gateway: TestGateway, operation = "connectRealtime"): Promise<Json> {
	return vi.waitFor(() => {
		const lines = gateway.printed.filter((line) => line.includes(`"operation":"${operation}"`));
		if (lines.length === 0) throw new Error("no session is over");
		return JSON.parse(lines.at(-1) as string) as Json;
	});
}
