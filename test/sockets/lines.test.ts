/** Turns of a client's WebSocket that go to an upstream over one, too. */
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { openSocket, textOf } from "../kit/sockets.js";

type Asked = Record<string, unknown> & { type: string; input?: unknown[]; previous_response_id?: string };
type Reply = (asked: Asked, say: (event: object) => void, socket: WebSocket) => void;

let ids = 0;

const events = (text: string) => {
	ids += 1;
	const id = `resp_${ids}`;
	const item = {
		id: `msg_${ids}`,
		type: "message",
		role: "assistant",
		status: "completed",
		content: [{ type: "output_text", text, annotations: [] }],
	};
	const response = { id, object: "response", created_at: 1, model: "m", output: [], status: "in_progress" };
	const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
	return [
		{ type: "response.created", sequence_number: 0, response },
		{ type: "response.output_item.added", sequence_number: 1, output_index: 0, item: { ...item, content: [] } },
		{
			type: "response.output_text.delta",
			sequence_number: 2,
			item_id: item.id,
			output_index: 0,
			content_index: 0,
			delta: text,
		},
		{ type: "response.output_item.done", sequence_number: 3, output_index: 0, item },
		{
			type: "response.completed",
			sequence_number: 4,
			response: { ...response, status: "completed", output: [item], usage },
		},
	];
};

const parrot: Reply = ({ input = [], previous_response_id: previous }, say) => {
	for (const event of events(`${previous ?? "-"}/${input.length}`)) say(event);
};

/** An upstream that takes WebSockets, and requests over HTTP besides. */
async function startHost(reply: Reply = parrot, refuse?: number) {
	const overHttp: HostAnswer = (request, response) => {
		if (!request.url.endsWith("/responses")) return sendJson(response, {}, 404);
		response.writeHead(200, { "content-type": "text/event-stream" });
		for (const event of events("over HTTP")) response.write(`data: ${JSON.stringify(event)}\n\n`);
		return response.end();
	};
	const host = await startAiHost(overHttp);
	const server = new WebSocketServer({ noServer: true });
	const asked: Asked[] = [];
	const headers: IncomingHttpHeaders[] = [];
	const sockets: WebSocket[] = [];
	host.server.on("upgrade", (request, socket, head) => {
		headers.push(request.headers);
		if (refuse !== undefined) return socket.end(`HTTP/1.1 ${refuse} No\r\ncontent-length: 0\r\n\r\n`);
		return server.handleUpgrade(request, socket, head, (opened) => {
			sockets.push(opened);
			opened.on("message", (data: Buffer) => {
				const frame = JSON.parse(data.toString()) as Asked;
				asked.push(frame);
				reply(frame, (event) => opened.send(JSON.stringify(event)), opened);
			});
		});
	});
	onTestFinished(() => host.close());
	onTestFinished(() => {
		for (const socket of sockets) socket.terminate();
	});
	return { host, asked, headers, sockets };
}

async function connected({ host }: Awaited<ReturnType<typeof startHost>>, more = {}, flags = {}, timeouts = {}) {
	const gateway = await gatewayWith(
		{
			upstreams: [
				upstream("a", `${host.url}/v1`, { provider: "openai", key: "sk-upstream", forwardsCredential: false, ...more }),
			],
			routes: [route([target("a", { timeouts })])],
		},
		flags,
	);
	const socket = await openSocket(gateway.url);
	onTestFinished(() => socket.socket.terminate());
	return { gateway, socket };
}

test("one connection to the upstream serves a client's turns, which say only what is new", async () => {
	const upstream = await startHost();
	const { socket } = await connected(upstream);
	const first = await socket.turn({
		input: [{ role: "user", content: "one" }],
		store: false,
		instructions: "Be brief.",
	});
	expect(textOf(first)).toBe("-/1");
	const id = first.at(-1)?.response?.id as string;
	const second = await socket.turn({
		input: [{ role: "user", content: "two" }],
		store: false,
		previous_response_id: id,
	});
	expect(textOf(second)).toBe(`${id}/1`);
	expect(upstream.sockets).toHaveLength(1);
	expect(upstream.host.received.filter(({ url }) => url.endsWith("/responses"))).toEqual([]);
	expect(upstream.asked).toEqual([
		{
			type: "response.create",
			model: "test-model",
			input: [{ role: "user", content: "one" }],
			store: false,
			instructions: "Be brief.",
		},
		{
			type: "response.create",
			model: "test-model",
			input: [{ role: "user", content: "two" }],
			store: false,
			previous_response_id: id,
		},
	]);
	expect(upstream.headers[0]).toMatchObject({ authorization: "Bearer sk-upstream" });
	expect(upstream.headers[0]?.["openai-beta"]).toContain("responses_websockets=");
	expect(JSON.stringify(upstream.headers[0])).not.toContain("content-length");
});

test("a turn that goes on from an older one says everything", async () => {
	const upstream = await startHost();
	const { socket } = await connected(upstream);
	const first = await socket.turn({ input: "one", store: false });
	const more = { store: false, previous_response_id: first.at(-1)?.response?.id };
	await socket.turn({ input: "two", ...more });
	expect(textOf(await socket.turn({ input: "another two", ...more }))).toBe("-/3");
});

test("an upstream that has forgotten is told everything", async () => {
	let forgets = false;
	const upstream = await startHost((frame, say, socket) => {
		if (forgets && frame.previous_response_id !== undefined)
			say({
				type: "error",
				status: 400,
				error: { code: "previous_response_not_found", message: "No.", type: "invalid_request_error" },
			});
		else parrot(frame, say, socket);
	});
	const { socket } = await connected(upstream);
	const first = await socket.turn({ input: "one", store: false });
	forgets = true;
	const second = await socket.turn({ input: "two", store: false, previous_response_id: first.at(-1)?.response?.id });
	expect(textOf(second)).toBe("-/3");
	expect(upstream.sockets).toHaveLength(1);
});

test("lanes have connections of their own", async () => {
	const held: (() => void)[] = [];
	const upstream = await startHost((frame, say, socket) => {
		held.push(() => parrot(frame, say, socket));
		if (held.length === 2) for (const go of held) go();
	});
	const { socket } = await connected(upstream);
	for (const stream_id of ["a", "b"])
		socket.send({ type: "response.create", model: "test-model", input: "Hi", stream_id });
	const frames = [...(await socket.rest()), ...(await socket.rest())];
	expect(
		frames
			.filter(({ type }) => type === "response.completed")
			.map(({ stream_id }) => stream_id)
			.sort(),
	).toEqual(["a", "b"]);
	expect(upstream.asked.map((asked) => "stream_id" in asked)).toEqual([false, false]);
	expect(upstream.sockets).toHaveLength(2);
});

describe("it is asked over HTTP instead", () => {
	test.each([404, 426, 500])("where it refuses the handshake with %d, and is not tried again soon", async (status) => {
		const upstream = await startHost(parrot, status);
		const { socket } = await connected(upstream);
		for (let turn = 0; turn < 3; turn += 1) expect(textOf(await socket.turn({ input: "Hi" }))).toBe("over HTTP");
		expect(upstream.headers).toHaveLength(1);
	});

	test("where it lets the connection go before it has answered", async () => {
		const upstream = await startHost((_asked, _say, socket) => socket.close(1011));
		const { socket } = await connected(upstream);
		expect(textOf(await socket.turn({ input: "Hi" }))).toBe("over HTTP");
	});

	test("where the connection has lived as long as it may", async () => {
		const upstream = await startHost((_asked, say) =>
			say({ type: "error", status: 400, error: { code: "websocket_connection_limit_reached", message: "60 minutes" } }),
		);
		const { socket } = await connected(upstream);
		expect(textOf(await socket.turn({ input: "Hi" }))).toBe("over HTTP");
	});

	test("where the settings say so, and for requests over HTTP", async () => {
		const upstream = await startHost();
		const { socket } = await connected(upstream, { webSocket: false });
		expect(textOf(await socket.turn({ input: "Hi" }))).toBe("over HTTP");
		expect(upstream.headers).toEqual([]);
	});
});

test("an error of the upstream's has its status, and is tried again like one over HTTP", async () => {
	let refusals = 1;
	const upstream = await startHost((frame, say, socket) => {
		if (refusals > 0) {
			refusals -= 1;
			say({ type: "error", status: 503, error: { code: "server_error", message: "Not now.", type: "server_error" } });
		} else parrot(frame, say, socket);
	});
	const { socket } = await connected(upstream);
	expect(textOf(await socket.turn({ input: "Hi" }))).toBe("-/2");
	refusals = 9;
	expect(await socket.turn({ input: "Hi" })).toMatchObject([
		{ type: "error", status: 503, error: { message: "Not now." } },
	]);
});

test("a connection that breaks in the middle of an answer is the event of a failed response", async () => {
	const upstream = await startHost((_asked, say, socket) => {
		for (const event of events("Hel").slice(0, 3)) say(event);
		setImmediate(() => socket.terminate());
	});
	const { socket } = await connected(upstream);
	expect((await socket.turn({ input: "Hi" })).at(-1)?.type).toBe("response.failed");
});

test("an upstream that says nothing is given up in time", async () => {
	const upstream = await startHost(() => {});
	const { socket } = await connected(upstream, {}, {}, { firstByteMs: 200 });
	expect(await socket.turn({ input: "Hi" })).toMatchObject([
		{ type: "error", status: 504, error: { code: "upstream_timeout" } },
	]);
});

test("when a client leaves in a turn, the upstream's connection ends; between turns, too", async () => {
	const upstream = await startHost(() => {});
	const { socket } = await connected(upstream, {}, { grace: "0" });
	socket.send({ type: "response.create", model: "test-model", input: "Hi" });
	while (upstream.sockets.length === 0) await new Promise(setImmediate);
	const ended = once(upstream.sockets[0] as WebSocket, "close");
	socket.socket.terminate();
	await ended;
	const idle = await startHost();
	const other = await connected(idle);
	await other.socket.turn({ input: "Hi" });
	const closed = once(idle.sockets[0] as WebSocket, "close");
	other.socket.close();
	await closed;
});
