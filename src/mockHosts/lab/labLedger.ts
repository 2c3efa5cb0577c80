/** The lab's record of its requests and of how far each answer went, against which a gateway's reports can be checked. */

/** As `GET /lab/requests` shows it. Times are milliseconds since 1970. */
export interface LedgerEntry {
	/** 1 for the first request. */
	readonly number: number;
	readonly received_at_ms: number;
	readonly method: string;
	readonly path: string;
	readonly model: string | null;
	readonly stream: boolean;
	/** Without credentials. */
	readonly headers: Readonly<Record<string, string>>;
	/** The request's JSON, or its text if it isn't JSON; null if it is too large to keep. */
	readonly body: unknown;
	/** The fault that was applied. */
	fault: string | null;
	status: number | null;
	/** 0 until a 200 is sent. */
	prompt_tokens: number;
	/** Those of them that the lab's prompt cache had. */
	cached_tokens: number;
	/** Over all choices: the pieces that were handed to the network; of an answer in one body, all or none. */
	completion_tokens: number;
	/** The first choice's pieces, its content, and the finish reason that was sent. */
	pieces: number;
	text: string;
	finish_reason: string | null;
	/** `cut` by the fault, `refused` with an error status, `left` by the client. */
	ending: "open" | "finished" | "refused" | "cut" | "left";
	ended_at_ms: number | null;
}

export type Ending = Exclude<LedgerEntry["ending"], "open">;

export type NewEntry = Pick<LedgerEntry, "method" | "path" | "model" | "stream" | "headers" | "body">;

export type LedgerEvent = "request" | "end" | "left";

export interface Ledger {
	/** The newest 10,000 entries, or fewer if their bodies are large; oldest first. */
	entries(): readonly LedgerEntry[];
	open(entry: NewEntry, bytes: number): LedgerEntry;
	/** Only the first ending counts. */
	end(entry: LedgerEntry, ending: Ending): void;
	/** Resolves with the next entry that is opened, ended, or left by its client. */
	next(event: LedgerEvent): Promise<LedgerEntry>;
	clear(): void;
}

const maxBytes = 64 * 1024 ** 2;

/** @param now milliseconds since 1970 */
export function createLedger(now: () => number, mostEntries = 10_000): Ledger {
	const records: { entry: LedgerEntry; bytes: number }[] = [];
	const waiting: Record<LedgerEvent, ((entry: LedgerEntry) => void)[]> = { request: [], end: [], left: [] };
	let count = 0;
	let recordBytes = 0;
	const notify = (event: LedgerEvent, entry: LedgerEntry) => {
		for (const resolve of waiting[event].splice(0)) resolve(entry);
	};
	return {
		entries: () => records.map(({ entry }) => entry),
		open(request, bytes) {
			count += 1;
			const entry: LedgerEntry = { number: count, received_at_ms: now(), ...request, ...unanswered };
			records.push({ entry, bytes });
			recordBytes += bytes;
			while (records.length > mostEntries || (recordBytes > maxBytes && records.length > 1))
				recordBytes -= records.shift()?.bytes ?? 0;
			notify("request", entry);
			return entry;
		},
		end(entry, ending) {
			if (entry.ending !== "open") return;
			entry.ending = ending;
			entry.ended_at_ms = now();
			if (ending === "left") notify("left", entry);
			notify("end", entry);
		},
		next: (event) => new Promise((resolve) => waiting[event].push(resolve)),
		clear() {
			records.length = 0;
			recordBytes = 0;
			count = 0;
		},
	};
}

const unanswered = {
	fault: null,
	status: null,
	prompt_tokens: 0,
	cached_tokens: 0,
	completion_tokens: 0,
	pieces: 0,
	text: "",
	finish_reason: null,
	ending: "open",
	ended_at_ms: null,
} as const;
