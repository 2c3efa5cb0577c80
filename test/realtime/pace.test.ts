/** A side that reads slowly holds up the other, and nothing piles up in between. */
import { expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { gatewayFor } from "../kit/gateway.js";
import { created, openSession, startSessionHost } from "../kit/realtime.js";

const frame = Buffer.alloc(64 * 1024, 1);
/** Far more than any buffers of sockets hold. */
const frames = 1_000;

/** Sends all frames, as fast as they go. @returns how many have left so far */
function flood(side: WebSocket): () => number {
	let left = 0;
	const next = () => {
		if (left === frames || side.readyState !== side.OPEN) return;
		side.send(frame, { binary: true }, () => {
			left += 1;
			next();
		});
	};
	next();
	return () => left;
}

/** Waits until nothing moves any more. */
async function settled(count: () => number): Promise<number> {
	let before = -1;
	await vi.waitFor(
		() => {
			const now = count();
			const isSame = now === before;
			before = now;
			if (!isSame) throw new Error("still moving");
		},
		{ interval: 300, timeout: 30_000 },
	);
	return count();
}

test("a client that doesn't read stops the upstream, and gets everything once it does", {
	timeout: 60_000,
}, async () => {
	let left: () => number = () => 0;
	const host = await startSessionHost((_side, say) => say(created));
	const session = await openSession(await gatewayFor(host));
	await session.next();
	session.socket.removeAllListeners("message");
	let taken = 0;
	session.socket.on("message", (data: Buffer) => {
		taken += data.length;
	});
	session.socket.pause();
	left = flood(host.sides[0] as WebSocket);
	expect(await settled(left)).toBeLessThan(frames / 2);
	session.socket.resume();
	await vi.waitFor(() => expect(taken).toBe(frames * frame.length), { timeout: 30_000 });
});

test("an upstream that doesn't read stops the client, and gets everything once it does", {
	timeout: 60_000,
}, async () => {
	const host = await startSessionHost();
	const session = await openSession(await gatewayFor(host));
	await session.next();
	const side = host.sides[0] as WebSocket;
	side.removeAllListeners("message");
	let taken = 0;
	side.on("message", (data: Buffer) => {
		taken += data.length;
	});
	side.pause();
	const left = flood(session.socket);
	expect(await settled(left)).toBeLessThan(frames / 2);
	side.resume();
	await vi.waitFor(() => expect(taken).toBe(frames * frame.length), { timeout: 30_000 });
});
