/**
 * Answers in files: a line of JSON with the head and whose answer it is, then the body. A file that is being written ends in
 * `.part`, a whole one in `.answer`, so that after a crash it is clear which can be used.
 */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { GatewayError } from "../errors/gatewayError.js";
import { EventFramer, endsEvent } from "../streaming/eventFraming.js";
import type { Head } from "../streaming/responseStream.js";
import type { AnswerLog } from "./answerLog.js";
import { isEventStream } from "./eventIds.js";
import { nameHash } from "./repeatable.js";
import { responseIdIn } from "./responseEvents.js";

export interface FileOwner {
	/** Hash of whoever asked. */
	readonly owner: string;
	readonly key: string | undefined;
	readonly fingerprint: string;
	/** Milliseconds since the epoch. */
	readonly createdAt: number;
}

interface FileHead extends FileOwner {
	readonly version: 1;
	readonly head: Head;
}

const lineFeed = 0x0a;
/** Most heads are short; all are bounded by what upstreams may send as headers. */
const usualHeadBytes = 8 * 1024;
const maxHeadBytes = 256 * 1024;

export function partPath(folder: string, id: string): string {
	return join(folder, `${id}.part`);
}

export function answerPath(folder: string, id: string): string {
	return join(folder, `${id}.answer`);
}

/**
 * Writes a log to a file as it grows. What the system has been handed survives the end of the process, so that nobody ever has more
 * of an answer than its file.
 */
export class LogWriter {
	readonly #path: string;
	#fd: number | undefined;
	#size: number;
	#error: unknown;
	#isTelling = false;
	/** Told once in a turn of the event loop, with the file's size. */
	onGrowth: ((size: number) => void) | undefined;
	/** Told once, when it can't write. */
	onFailure: (() => void) | undefined;

	/**
	 * @param path of the file, which is created, in a folder that is created if it isn't there
	 * @param size of a file that is gone on with
	 */
	constructor(path: string, size = 0) {
		this.#path = path;
		this.#size = size;
	}

	get size(): number {
		return this.#size;
	}

	/** What has kept it from writing; undefined if nothing has. */
	get error(): unknown {
		return this.#error;
	}

	begin(head: Head, owner: FileOwner): void {
		const line: FileHead = { version: 1, ...owner, head };
		this.add(Buffer.from(`${JSON.stringify(line)}\n`));
	}

	add(bytes: Buffer): void {
		if (this.#error !== undefined) return;
		try {
			this.#fd ??= this.#open();
			for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at, bytes.length - at);
			this.#size += bytes.length;
		} catch (error) {
			this.#error = error;
			this.onFailure?.();
			return;
		}
		if (this.#isTelling || this.onGrowth === undefined) return;
		this.#isTelling = true;
		setImmediate(() => {
			this.#isTelling = false;
			if (this.#fd !== undefined) this.onGrowth?.(this.#size);
		});
	}

	/** Writes no more, whatever comes: somebody else goes on with the file. */
	abandon(): void {
		this.end();
		this.#error ??= new Error("somebody else goes on with it");
	}

	/** @returns whether all is written */
	end(): boolean {
		if (this.#fd !== undefined) closeSync(this.#fd);
		this.#fd = undefined;
		return this.#error === undefined;
	}

	#open(): number {
		if (this.#size > 0) return openSync(this.#path, "a", 0o600);
		mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
		return openSync(this.#path, "wx", 0o600);
	}
}

/** Reads a file, of which more may be written meanwhile, into a log. */
export class LogReader {
	readonly #log: AnswerLog;
	readonly #handle: FileHandle;
	#at = 0;
	#target = 0;
	#head: Buffer[] | undefined = [];
	readonly #framer = new EventFramer();
	#running: Promise<void> | undefined;

	private constructor(log: AnswerLog, handle: FileHandle) {
		this.#log = log;
		this.#handle = handle;
	}

	/** @throws Error if there is no such file any more, also not under the name that it has when it is whole */
	static async open(log: AnswerLog, path: string): Promise<LogReader> {
		const handle = await open(path, "r").catch(() => open(path.replace(/\.part$/, ".answer"), "r"));
		return new LogReader(log, handle);
	}

	/** The file has so many bytes now. */
	readTo(size: number): Promise<void> {
		this.#target = Math.max(this.#target, size);
		if (this.#target === this.#at) return Promise.resolve();
		this.#running ??= this.#run();
		return this.#running;
	}

	async close(): Promise<void> {
		await this.#running?.catch(() => {});
		await this.#handle.close().catch(() => {});
	}

	async #run(): Promise<void> {
		try {
			while (this.#at < this.#target) {
				const buffer = Buffer.allocUnsafe(Math.min(64 * 1024, this.#target - this.#at));
				const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#at);
				if (bytesRead === 0) throw new Error("the file is shorter than was said");
				this.#at += bytesRead;
				this.#take(buffer.subarray(0, bytesRead));
			}
		} finally {
			this.#running = undefined;
		}
	}

	/** All that there will be has been read. */
	end(failure?: GatewayError): void {
		this.#log.add(this.#framer.end());
		this.#log.end(failure);
	}

	#take(bytes: Buffer): void {
		if (this.#head === undefined) {
			this.#add(bytes);
			return;
		}
		const end = bytes.indexOf(lineFeed);
		this.#head.push(end === -1 ? bytes : bytes.subarray(0, end));
		if (end === -1) return;
		this.#log.begin((JSON.parse(Buffer.concat(this.#head).toString()) as FileHead).head);
		this.#head = undefined;
		this.#add(bytes.subarray(end + 1));
	}

	/** Of a stream whole events, since an error event may follow at any moment. */
	#add(bytes: Buffer): void {
		this.#log.add(this.#hasEvents() ? this.#framer.push(bytes) : bytes);
	}

	#hasEvents(): boolean {
		const { head } = this.#log;
		return head?.isStream === true && isEventStream(head);
	}
}

/** A stream as far as somebody else has given it. */
export interface GivenPart {
	readonly head: Head;
	readonly body: Buffer;
	/** Bytes of the file. */
	readonly size: number;
}

/** @returns undefined for one that ends in the middle of an event, or is no stream of events */
export async function readPart(path: string): Promise<GivenPart | undefined> {
	const file = await readFile(path);
	const end = file.indexOf(lineFeed);
	if (end === -1) return undefined;
	const { head } = JSON.parse(file.toString("utf8", 0, end)) as FileHead;
	const body = file.subarray(end + 1);
	if (!head.isStream || !isEventStream(head) || (body.length > 0 && !endsEvent(body))) return undefined;
	return { head, body, size: file.length };
}

/** An answer that an earlier process has kept. */
export interface FoundAnswer extends FileOwner {
	readonly id: string;
	/** Hash of its owner and its response's id, if it is a response. */
	readonly name: string | undefined;
	readonly size: number;
}

/** Finds what is kept in a folder, the oldest first. What can't be read is removed, and so is what was never finished and is a day old. */
export async function findAnswers(folder: string, now: number): Promise<FoundAnswer[]> {
	const names = await readdir(folder).catch(() => []);
	const found: FoundAnswer[] = [];
	for (const name of names) {
		const path = join(folder, name);
		const facts = await stat(path).catch(() => undefined);
		if (facts === undefined || !facts.isFile()) continue;
		const owner = name.endsWith(".answer") ? await readOwner(path) : undefined;
		if (owner !== undefined) found.push({ ...owner, id: name.slice(0, -".answer".length), size: facts.size });
		else if (name.endsWith(".answer") || now - facts.mtimeMs > 86_400_000) await removeAnswer(path);
	}
	return found.sort((one, other) => one.createdAt - other.createdAt);
}

/** Finds the part of an answer with this key that an earlier process has left, the latest one. */
export async function findPart(folder: string, key: string): Promise<FoundAnswer | undefined> {
	const ending = ".part";
	let latest: FoundAnswer | undefined;
	for (const name of await readdir(folder).catch(() => [])) {
		if (!name.endsWith(ending)) continue;
		const path = join(folder, name);
		const owner = await readOwner(path);
		if (owner?.key !== key || (latest !== undefined && latest.createdAt >= owner.createdAt)) continue;
		const { size } = await stat(path).catch(() => ({ size: 0 }));
		if (size > 0) latest = { ...owner, id: name.slice(0, -ending.length), size };
	}
	return latest;
}

async function readOwner(path: string): Promise<Omit<FoundAnswer, "id" | "size"> | undefined> {
	const handle = await open(path, "r").catch(() => undefined);
	if (handle === undefined) return undefined;
	try {
		const [line, rest] = (await readLine(handle, usualHeadBytes)) ?? (await readLine(handle, maxHeadBytes)) ?? ["", ""];
		const { version, owner, key, fingerprint, createdAt } = JSON.parse(line) as FileHead;
		if (version !== 1 || typeof createdAt !== "number") return undefined;
		const response = responseIdIn(rest);
		const name = response === undefined ? undefined : nameHash(owner, response);
		return { owner, key, fingerprint, createdAt, name };
	} catch {
		return undefined;
	} finally {
		await handle.close().catch(() => {});
	}
}

/** @returns the first line, and what else was read; undefined if it is longer */
async function readLine(handle: FileHandle, maxBytes: number): Promise<[line: string, rest: string] | undefined> {
	const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(maxBytes), 0, maxBytes, 0);
	const end = buffer.subarray(0, bytesRead).indexOf(lineFeed);
	return end === -1 ? undefined : [buffer.toString("utf8", 0, end), buffer.toString("latin1", end, bytesRead)];
}

export async function removeAnswer(path: string): Promise<void> {
	await rm(path, { force: true }).catch(() => {});
}

/** Marks a file as whole. @returns whether that could be done */
export function keepAnswer(folder: string, id: string): Promise<boolean> {
	return rename(partPath(folder, id), answerPath(folder, id)).then(
		() => true,
		() => false,
	);
}
