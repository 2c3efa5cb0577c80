/** One answer on its way out: written, waited with, ended or broken off, and noted in the ledger. */
import type { ServerResponse } from "node:http";
import type { Ending, Ledger, LedgerEntry } from "./labLedger.js";
import type { Refusal } from "./refusals.js";

/** Waits for so many milliseconds. @throws when the signal is aborted */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** What awaits anything of it is thrown out when the client has left. */
export interface Reply {
	readonly entry: LedgerEntry;
	head(status: number, headers: Readonly<Record<string, string | number>>): void;
	/** Resolves when the network has taken it, and whatever was written before. */
	write(bytes: string | Buffer): Promise<void>;
	/** The head alone. */
	flushHead(): Promise<void>;
	/** @param ending what it is for the ledger, where it is not a whole answer */
	end(bytes: string | Buffer, ending?: Ending): void;
	refuse(refusal: Refusal): void;
	/** Closes the connection; `reset` loses what the client has not read yet. */
	breakOff(how: "close" | "reset"): void;
	/** Past HTTP. */
	raw(bytes: string): void;
	wait(ms: number): Promise<void>;
	untilLeft(): Promise<never>;
}

export function createReply(response: ServerResponse, entry: LedgerEntry, ledger: Ledger, wait: Wait): Reply {
	const left = new AbortController();
	response.once("close", () => {
		ledger.end(entry, response.writableFinished ? "finished" : "left");
		left.abort();
	});
	response.on("error", () => {});
	const socket = () => response.socket ?? response.req.socket;
	const written = (write: (done: (error?: Error | null) => void) => void) =>
		new Promise<void>((resolve, reject) => {
			left.signal.throwIfAborted();
			write((error) => (error ? reject(error) : resolve()));
		});
	const reply: Reply = {
		entry,
		head(status, headers) {
			response.writeHead(status, headers);
			entry.status = status;
		},
		write: (bytes) => written((done) => response.write(bytes, done)),
		async flushHead() {
			response.flushHeaders();
			await written((done) => socket().write("", done));
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
		wait: (ms) => wait(ms, left.signal),
		untilLeft: () =>
			new Promise((_resolve, reject) => {
				left.signal.addEventListener("abort", () => reject(left.signal.reason));
				if (left.signal.aborted) reject(left.signal.reason);
			}),
	};
	return reply;
}
