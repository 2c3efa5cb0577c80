/** The lab's own record of what it was asked and how far each answer went; what a gateway says can be held against it. */

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
	/** What JSON the request had, or its text where it is none; null where it is too large to keep. */
	readonly body: unknown;
	/** The fault that was in force. */
	fault: string | null;
	status: number | null;
	/** 0 until a 200 is sent. */
	prompt_tokens: number;
	/** Of all choices; each piece that was handed to the network counts one, and of an answer in one body all or none. */
	completion_tokens: number;
	/** Of the first choice: its pieces, its content, and the finish reason that was sent. */
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
	/** Oldest first; at most the newest 10,000, fewer where their bodies are large. */
	entries(): readonly LedgerEntry[];
	open(entry: NewEntry, bytes: number): LedgerEntry;
	/** Only the first ending counts. */
	end(entry: LedgerEntry, ending: Ending): void;
	/** Resolves with the next entry that is opened, ended, or left by its client. */
	next(event: LedgerEvent): Promise<LedgerEntry>;
	clear(): void;
}

const mostBytes = 64 * 1024 ** 2;

/** @param now milliseconds since 1970 */
export function createLedger(now: () => number, mostEntries = 10_000): Ledger {
	const kept: { entry: LedgerEntry; bytes: number }[] = [];
	const waiting: Record<LedgerEvent, ((entry: LedgerEntry) => void)[]> = { request: [], end: [], left: [] };
	let count = 0;
	let keptBytes = 0;
	const tell = (event: LedgerEvent, entry: LedgerEntry) => {
		for (const resolve of waiting[event].splice(0)) resolve(entry);
	};
	return {
		entries: () => kept.map(({ entry }) => entry),
		open(asked, bytes) {
			count += 1;
			const entry: LedgerEntry = { number: count, received_at_ms: now(), ...asked, ...unanswered };
			kept.push({ entry, bytes });
			keptBytes += bytes;
			while (kept.length > mostEntries || (keptBytes > mostBytes && kept.length > 1))
				keptBytes -= kept.shift()?.bytes ?? 0;
			tell("request", entry);
			return entry;
		},
		end(entry, ending) {
			if (entry.ending !== "open") return;
			entry.ending = ending;
			entry.ended_at_ms = now();
			if (ending === "left") tell("left", entry);
			tell("end", entry);
		},
		next: (event) => new Promise((resolve) => waiting[event].push(resolve)),
		clear() {
			kept.length = 0;
			keptBytes = 0;
			count = 0;
		},
	};
}

const unanswered = {
	fault: null,
	status: null,
	prompt_tokens: 0,
	completion_tokens: 0,
	pieces: 0,
	text: "",
	finish_reason: null,
	ending: "open",
	ended_at_ms: null,
} as const;
