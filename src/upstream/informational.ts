/**
 * Has undici skip `100 Continue` like any other informational answer.
 *
 * It takes one that it has not asked for as a broken answer and closes the connection, where a client has to take any
 * number of them in front of the final one (RFC 9110 §15.2); some servers and proxies send it for every POST.
 */
import { channel } from "node:diagnostics_channel";
import symbols from "undici/lib/core/symbols.js";

const processing = 102;

/** undici's parser of one connection, as far as it matters here. */
interface Parser {
	onHeadersComplete(status: number, isUpgrade: boolean, isKeptAlive: boolean): number;
}

/** The parser's class is private to undici: the first connection shows it. Changes nothing the second time. */
export function acceptContinue(): void {
	const connected = channel("undici:client:connected");
	const onConnected = (message: unknown) => {
		const { socket } = message as { socket: Record<symbol, Parser | undefined> };
		// Node's own `fetch` has another undici, which tells of its connections on the same channel.
		const parser = socket[symbols.kParser];
		if (parser === undefined) return;
		connected.unsubscribe(onConnected);
		patch(Object.getPrototypeOf(parser) as Parser);
	};
	connected.subscribe(onConnected);
}

const patched = new WeakSet<Parser>();

function patch(prototype: Parser): void {
	if (patched.has(prototype)) return;
	patched.add(prototype);
	const { onHeadersComplete } = prototype;
	prototype.onHeadersComplete = function (this: Parser, status, isUpgrade, isKeptAlive) {
		return onHeadersComplete.call(this, status === 100 ? processing : status, isUpgrade, isKeptAlive);
	};
}
