/** How long a WebSocket of responses lives, and who waits for whom on it. */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { chunk, type HostAnswer, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway } from "../kit/gateway.js";
import { countingHost, openSocket, textOf } from "../kit/sockets.js";

let host: TestHost;
let answer: HostAnswer = countingHost;

beforeAll(async () => {
	host = await startAiHost((...given) => answer(...given));
});
afterAll(() => host.close());

async function gatewayWith(flags: Record<string, unknown> = {}): Promise<TestGateway> {
	const gateway = await startGateway(host.url, flags);
	onTestFinished(async () => {
		answer = countingHost;
		await gateway.stop();
	});
	return gateway;
}

async function connected(gateway: TestGateway, options = {}) {
	const socket = await openSocket(gateway.url, options);
	onTestFinished(() => socket.socket.terminate());
	return socket;
}

/** A host whose streams wait in their middle until the test lets them go on. */
function held() {
	const going: (() => void)[] = [];
	const begun = new Promise<void>((resolve) => {
		answer = (_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hel" }));
			going.push(() => response.end(`${chunk({ content: "lo" })}${chunk({}, "stop")}data: [DONE]\n\n`));
			resolve();
		};
	});
	return { begun, go: () => going.shift()?.() };
}

test("a connection of the greatest age is told so, and closes once its turn is over", async () => {
	const gateway = await gatewayWith({ "websocket-age": "1500ms" });
	const { begun, go } = held();
	const socket = await connected(gateway);
	socket.send({ type: "response.create", model: "m", input: "Hi" });
	await begun;
	const idle = await connected(gateway);
	const limit = { type: "error", status: 400, error: { code: "websocket_connection_limit_reached" } };
	expect(await idle.next()).toMatchObject(limit);
	expect((await idle.closed).code).toBe(1001);
	go();
	expect(textOf(await socket.rest())).toBe("Hello");
	expect(await socket.next()).toMatchObject(limit);
	expect((await socket.closed).code).toBe(1001);
	while (gateway.gateway.services.sockets.count > 0) await new Promise(setImmediate);
});

test("a client that answers pings stays, and one that does not is gone", async () => {
	const gateway = await gatewayWith({ heartbeat: "100ms" });
	const [alive, dead] = [await connected(gateway), await connected(gateway, { autoPong: false })];
	let pings = 0;
	const pinged = new Promise<void>((resolve) => {
		alive.socket.on("ping", () => {
			pings += 1;
			if (pings === 6) resolve();
		});
	});
	expect((await dead.closed).code).toBe(1006);
	await pinged;
	expect(textOf(await alive.turn({ input: "Hi" }))).toBe('1: "Hi"');
});

test("what a client answers pings with is no message that comes too slowly", async () => {
	const gateway = await gatewayWith({ heartbeat: "100ms", "request-timeout": "300ms" });
	const socket = await connected(gateway);
	let pings = 0;
	await new Promise<void>((resolve) => {
		socket.socket.on("ping", () => {
			pings += 1;
			if (pings === 8) resolve();
		});
		socket.socket.on("close", () => resolve());
	});
	expect(textOf(await socket.turn({ input: "Hi" }))).toBe('1: "Hi"');
});

test("when a client leaves, its turn's request to the upstream ends", async () => {
	const gateway = await gatewayWith({ grace: "0" });
	const { begun } = held();
	const socket = await connected(gateway);
	socket.send({ type: "response.create", model: "m", input: "Hi" });
	await begun;
	const aborted = host.nextAbort();
	socket.socket.terminate();
	await aborted;
	while (gateway.gateway.services.load.requests > 0) await new Promise(setImmediate);
	expect(gateway.gateway.services.sockets.count).toBe(0);
});

/** A host that says more than anybody's buffers hold. @returns what it has written, and when it has to wait */
function talkative(events: number) {
	const told = { written: 0, waits: new Promise<void>(() => {}) };
	told.waits = new Promise<void>((resolve) => {
		answer = (_request, response) => {
			startStream(response);
			const go = () => {
				while (told.written < events) {
					told.written += 1;
					if (response.write(chunk({ content: "x".repeat(20_000) }))) continue;
					const timer = setTimeout(resolve, 500);
					response.once("drain", () => {
						clearTimeout(timer);
						go();
					});
					return;
				}
				response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
			};
			go();
		};
	});
	return told;
}

test("the upstream of a client that reads slowly is read slowly", async () => {
	const gateway = await gatewayWith();
	const told = talkative(1000);
	const socket = await connected(gateway);
	socket.socket.pause();
	socket.send({ type: "response.create", model: "m", input: "Hi" });
	await told.waits;
	expect(told.written).toBeLessThan(1000);
	socket.socket.resume();
	const frames = await socket.rest();
	expect(frames.at(-1)?.type).toBe("response.completed");
	expect(textOf(frames)).toHaveLength(1000 * 20_000);
});

test("a client that reads nothing for too long is gone", async () => {
	const gateway = await gatewayWith({ "idle-timeout": "300ms", grace: "0" });
	talkative(100_000);
	const socket = await connected(gateway);
	socket.socket.pause();
	const aborted = host.nextAbort();
	socket.send({ type: "response.create", model: "m", input: "Hi" });
	await aborted;
	while (gateway.gateway.services.sockets.count > 0) await new Promise(setImmediate);
});

test("a draining worker closes idle connections at once, and others when their turns are over", async () => {
	const gateway = await gatewayWith();
	const { begun, go } = held();
	const [idle, busy] = [await connected(gateway), await connected(gateway)];
	for (const input of ["one", "two"]) busy.send({ type: "response.create", model: "m", input });
	await begun;
	gateway.gateway.services.sockets.drain();
	expect((await idle.closed).code).toBe(1012);
	go();
	expect(textOf(await busy.rest())).toBe("Hello");
	answer = countingHost;
	while (busy.socket.readyState === busy.socket.OPEN && gateway.gateway.services.load.streams === 0)
		await new Promise(setImmediate);
	go();
	expect((await busy.rest()).at(-1)?.type).toBe("response.completed");
	expect((await busy.closed).code).toBe(1012);
});

test("what connections remember is bounded, and whoever was not heard of for longest is forgotten first", async () => {
	const gateway = await gatewayWith({ "websocket-memory": "1mb" });
	const { memories } = gateway.gateway.services.sockets;
	const [first, second] = [await connected(gateway), await connected(gateway)];
	const long = "x".repeat(300_000);
	const ask = { model: "m", store: false };
	const one = (await first.turn({ ...ask, input: long })).at(-1)?.response?.id;
	const two = (await second.turn({ ...ask, input: long })).at(-1)?.response?.id;
	expect(memories.heldBytes).toBeLessThan(1_048_576);
	expect(await first.turn({ ...ask, input: "more", previous_response_id: one })).toMatchObject([
		{ error: { code: "previous_response_not_found" } },
	]);
	expect((await second.turn({ ...ask, input: "more", previous_response_id: two })).at(-1)?.type).toBe(
		"response.completed",
	);
	for (const socket of [first, second]) {
		socket.close();
		await socket.closed;
	}
	while (gateway.gateway.services.sockets.count > 0) await new Promise(setImmediate);
	expect(memories.heldBytes).toBe(0);
});
