/** Sends one answer: writes, waits, ends it or breaks it off, and records that in the ledger. */
import type { ServerResponse } from "node:http";
import type { Ending, Ledger, LedgerEntry } from "./labLedger.js";
import type { RefusalBytes } from "./refusalBytes.js";

/** Waits for `ms` milliseconds. @throws if the signal is aborted */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** Its promises reject when the client has left. */
export interface Reply {
	readonly entry: LedgerEntry;
	head(status: number, headers: Readonly<Record<string, string | number>>): void;
	/** Resolves when the bytes, and all written before, have been handed to the network. */
	write(bytes: string | Buffer): Promise<void>;
	/** Sends the head alone. */
	flushHead(): Promise<void>;
	/** @param ending the ledger's ending if the answer is not complete */
	end(bytes: string | Buffer, ending?: Ending): void;
	refuse(refusal: RefusalBytes): void;
	/** Closes the connection; `reset` discards what the client has not read yet. */
	breakOff(how: "close" | "reset"): void;
	/** Writes to the socket, bypassing HTTP. */
	raw(bytes: string): void;
	wait(ms: number): Promise<void>;
	untilLeft(): Promise<never>;
}

export function createReply(response: ServerResponse, entry: LedgerEntry, ledger: Ledger, wait: Wait): Reply {
	const clientLeft = new AbortController();
	response.once("close", () => {
		ledger.end(entry, response.writableFinished ? "finished" : "left");
		clientLeft.abort();
	});
	response.on("error", () => {});
	const socket = () => response.socket ?? response.req.socket;
	const awaitWrite = (write: (done: (error?: Error | null) => void) => void) =>
		new Promise<void>((resolve, reject) => {
			clientLeft.signal.throwIfAborted();
			write((error) => (error ? reject(error) : resolve()));
		});
	const reply: Reply = {
		entry,
		head(status, headers) {
			response.writeHead(status, headers);
			entry.status = status;
		},
		write: (bytes) => awaitWrite((done) => response.write(bytes, done)),
		async flushHead() {
			response.flushHeaders();
			await awaitWrite((done) => socket().write("", done));
		},
		end(bytes, ending) {
			if (ending !== undefined) ledger.end(entry, ending);
			response.end(bytes);
		},
		refuse({ status, headers, body }) {
			reply.head(status, { ...headers, "content-length": Buffer.byteLength(body) });
			reply.end(body, "refused");
		},
		breakOff(how) {
			ledger.end(entry, "cut");
			if (how === "reset") socket().resetAndDestroy();
			else socket().destroy();
		},
		raw(bytes) {
			ledger.end(entry, "cut");
			socket().end(bytes);
		},
		wait: (ms) => wait(ms, clientLeft.signal),
		untilLeft: () =>
			new Promise((_resolve, reject) => {
				clientLeft.signal.addEventListener("abort", () => reject(clientLeft.signal.reason));
				if (clientLeft.signal.aborted) reject(clientLeft.signal.reason);
			}),
	};
	return reply;
}
