/** The primary's half of answers that can be sent again: knows which exist, and tells workers of each other's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Argument, PrimaryHalf, WorkerPort } from "../process/channel/topic.js";
import type { Settings } from "../settings/settings.js";
import { newId } from "../store/newId.js";
import { findAnswers, findPart } from "./answerFile.js";
import { Entries, type Entry, type Party, pathOf } from "./entries.js";
import { failureOf, lost } from "./failure.js";
import { ForeignEntries } from "./machines/foreignEntries.js";
import type { Sharing } from "./machines/sharing.js";
import type { Claim, Ended, Kept, Named, Read, Readership, ReplayTopic } from "./messages.js";
import { Searches } from "./searches.js";
import { succeed } from "./succession.js";

type Port = WorkerPort<ReplayTopic>;

const sweepMs = 30_000;
/** How long an answer that is not kept can still be followed after its end, and one whose worker is no more be gone on with. */
const lingerMs = 60_000;

export interface PrimaryReplayOptions {
	readonly now?: () => number;
	/** Answers outlive the workers that give them; else, they end with this process anyway. */
	readonly hasWorkers?: boolean;
	/** Opens what is shared with other machines, if anything is. */
	openSharing?(settings: Settings): Promise<Sharing | undefined>;
}

export function createPrimaryReplay({
	now = Date.now,
	hasWorkers = false,
	openSharing,
}: PrimaryReplayOptions = {}): PrimaryHalf<ReplayTopic> {
	const entries = new Entries(now);
	const searches = new Searches();
	const ports = new Set<Port>();
	const known = new Set<string>();
	const successions = { isWorker: (party: Party) => ports.has(party as Port), lose, rest };
	let others: ForeignEntries | undefined;
	let keepMs = 0;
	let temporary: string | undefined;
	let sweep: NodeJS.Timeout | undefined;

	/** @returns undefined if there is no folder for temporary files either */
	function folderOf({ dataFolder }: Pick<Settings, "dataFolder">): string | undefined {
		if (dataFolder !== undefined) return join(dataFolder, "answers");
		try {
			temporary ??= mkdtempSync(join(tmpdir(), "llmgw-answers-"));
		} catch {
			// Workers say so when they have something to keep.
		}
		return temporary;
	}

	async function claim(leader: Port, asked: Argument<ReplayTopic, "claim">): Promise<Claim> {
		const { owner, key, fingerprint } = asked;
		await others?.decided(key);
		const found = entries.byKey(key);
		if (found !== undefined) return claimOf(found, fingerprint);
		// Nothing is waited for between the look and the claim: of requests at the same time one leads.
		const left = asked.isTakenOver === true ? await adopt(leader, key) : undefined;
		if (left !== undefined) return claimOf(left, fingerprint);
		const id = newId("answer_", 24);
		const folder = folderOf(leader.settings);
		// Nobody comes back for what is not kept.
		const isSpooled = hasWorkers && folder !== undefined && !asked.isFleeting;
		const lead = () => entries.add({ id, owner, key, fingerprint, leader, folder, isSpooled });
		const sharing = isSpooled && others?.areThere ? others : undefined;
		const isShared = sharing !== undefined && folder !== undefined;
		const entry = isShared ? await sharing.claim({ id, owner, key, fingerprint }, folder, lead) : lead();
		if (entry.id !== id) return claimOf(entry, fingerprint);
		if (!ports.has(leader)) orphan(entry);
		const spool = { path: pathOf(entry), isFollowed: isShared };
		return { kind: "lead", id, spool: isSpooled ? spool : undefined };
	}

	/** The part of an answer that a process has left which is no more, as nobody's that can be gone on with. */
	async function adopt(port: Port, key: string | undefined): Promise<Entry | undefined> {
		const folder = folderOf(port.settings);
		if (key === undefined || folder === undefined) return undefined;
		const part = await findPart(folder, key);
		if (part === undefined || entries.byId(part.id) !== undefined) return entries.byKey(key);
		const { createdAt: _at, ...facts } = part;
		const entry = entries.add({ ...facts, leader: undefined, folder, isSpooled: true });
		rest(entry);
		return entry;
	}

	/** Only its owner hears that there is such an answer. */
	async function resume(asker: Port, { owner, id, fingerprint }: Argument<ReplayTopic, "resume">) {
		const folder = folderOf(asker.settings);
		if (entries.byId(id) === undefined && folder !== undefined) await others?.find(id, owner, folder);
		const entry = entries.byId(id);
		if (entry?.owner !== owner || entry.expiresAt <= now()) return undefined;
		return entry.fingerprint === fingerprint ? "follow" : "conflict";
	}

	async function named(asker: Port, name: string): Promise<string | undefined> {
		const folder = folderOf(asker.settings);
		if (entries.byName(name) === undefined && folder !== undefined) await others?.findByName(name, folder);
		const entry = entries.byName(name);
		return entry === undefined || entry.expiresAt <= now() ? undefined : entry.id;
	}

	function noteName({ id, name }: Named): void {
		const entry = entries.byId(id);
		if (entry === undefined) return;
		entries.name(entry, name);
		others?.name(id, name);
	}

	async function search(asker: Port, caller: string, fingerprint: string): Promise<string | undefined> {
		const others = [...ports].filter((port) => port !== asker);
		const found = await searches.ask(others, caller, fingerprint);
		if (found !== undefined && entries.byId(found.id) === undefined) {
			const { id, port } = found;
			const folder = folderOf(port.settings);
			entries.add({ id, owner: caller, key: undefined, fingerprint, leader: port, folder });
		}
		return found?.id;
	}

	async function follow(follower: Port, id: string): Promise<Kept | undefined> {
		const entry = entries.byId(id);
		if (entry?.folder === undefined) return undefined;
		if (entry.state === "live") {
			// Whoever asks is about to read it.
			noteReaders(entry, follower, { readers: 1, reads: 0 });
			await entry.arrival;
			// One that was under way may have come to whoever asks now too early.
			for (let turn = 0; turn < 2 && isLive(entry) && entry.leader === undefined; turn += 1)
				await succeed(entry, successions);
			if (isLive(entry) ? entry.leader === undefined : !entry.isKept) return undefined;
			entry.leader?.send({ topic: "replay", kind: "spool", id, path: pathOf(entry) });
			entry.isSpooled = true;
		}
		return { path: pathOf(entry), size: entry.size, isEnded: entry.state === "ended", failure: entry.failure };
	}

	function ended(message: Ended): void {
		const { id, size, failure, isKept } = message;
		const entry = entries.byId(id);
		if (entry === undefined || entry.state === "ended") return;
		others?.ended(message, isKept ? keepMs : lingerMs);
		entry.state = "ended";
		entry.size = size;
		entry.failure = failure;
		entry.isKept = isKept;
		entry.isSpooled ||= isKept;
		entry.expiresAt = now() + (isKept ? keepMs : lingerMs);
		if (!isKept) entries.release(entry);
		for (const follower of entry.followers.keys())
			follower.send({ topic: "replay", kind: "ended", id, size, failure, isKept });
		entry.followers.clear();
		if (!isKept && !entry.isSpooled) entries.forget(entry);
	}

	/** Nobody goes on with it. */
	function lose(entry: Entry): void {
		const { id, size } = entry;
		ended({ topic: "replay", kind: "ended", id, size, failure: failureOf(lost()), isKept: false });
	}

	function rest(entry: Entry): void {
		entry.expiresAt = now() + lingerMs;
	}

	/** @param readership undefined if the worker is no more */
	function noteReaders(entry: Entry, follower: Party, readership: Readership | undefined): void {
		if (readership === undefined) {
			if (!entry.followers.delete(follower)) return;
		} else entry.followers.set(follower, readership);
		const all = [...entry.followers.values()];
		const readers = all.reduce((sum, one) => sum + one.readers, 0);
		const reads = all.reduce((sum, one) => sum + one.reads, 0);
		entry.leader?.send({ topic: "replay", kind: "read", id: entry.id, readers, reads });
	}

	function read({ id, readers, reads }: Read, follower: Port): void {
		const entry = entries.byId(id);
		if (entry?.state === "live") noteReaders(entry, follower, { readers, reads });
	}

	/** Somebody has removed its file: its key is free again. */
	function gone(id: string): void {
		const entry = entries.byId(id);
		if (entry?.isKept) entries.forget(entry);
	}

	function grew(id: string, size: number): void {
		const entry = entries.byId(id);
		if (entry === undefined) return;
		entry.size = size;
		for (const follower of entry.followers.keys()) follower.send({ topic: "replay", kind: "grew", id, size });
		others?.grew(id, size);
	}

	/** Those who follow an answer of a worker that is no more may go on with it; or those who come back for it. */
	function orphan(entry: Entry): void {
		entry.leader = undefined;
		if (!entry.isSpooled) lose(entry);
		else if ([...entry.followers.keys()].some(successions.isWorker)) void succeed(entry, successions);
		else if (!others?.release(entry)) rest(entry);
	}

	function abandoned(id: string, port: Port): void {
		const entry = entries.byId(id);
		if (entry?.leader === port && entry.state === "live") orphan(entry);
	}

	function leave(port: Port): void {
		ports.delete(port);
		searches.leave(port);
		for (const entry of entries.all()) {
			noteReaders(entry, port, undefined);
			if (entry.succession?.asked === port) entry.succession.answer(undefined);
			if (entry.leader === port && entry.state === "live") orphan(entry);
		}
	}

	return {
		topic: "replay",
		async open(settings) {
			sweep ??= setInterval(() => entries.clean(lose), sweepMs).unref();
			const sharing = others === undefined ? await openSharing?.(settings) : undefined;
			if (sharing !== undefined) others = new ForeignEntries(entries, sharing, { ended, grew, noteReaders, orphan });
			await sharing?.open();
			const folder = folderOf(settings);
			if (settings.answerAgeMs === 0 || folder === undefined || known.has(folder)) return;
			known.add(folder);
			for (const { createdAt, ...answer } of await findAnswers(folder, now())) {
				const expiresAt = createdAt + settings.answerAgeMs;
				const kept = { state: "ended", isKept: true, isSpooled: true, expiresAt } as const;
				entries.add({ ...answer, leader: undefined, folder, ...kept });
			}
			entries.clean(lose);
		},
		adopt({ answerAgeMs }) {
			keepMs = answerAgeMs;
		},
		join(port) {
			ports.add(port);
			return {
				snapshot: () => folderOf(port.settings),
				receive(message) {
					if (message.kind === "found") searches.found(message, port);
					else if (message.kind === "ended") ended(message);
					else if (message.kind === "read") read(message, port);
					else if (message.kind === "gone") gone(message.id);
					else if (message.kind === "named") noteName(message);
					else if (message.kind === "abandoned") abandoned(message.id, port);
					else if (message.kind === "continued") {
						const { succession } = entries.byId(message.id) ?? {};
						if (succession?.asked === port) succession.answer(message.size, message.hasTried);
					} else grew(message.id, message.size);
				},
				answers: {
					claim: (request) => claim(port, request),
					resume: (request) => resume(port, request),
					named: (name) => named(port, name),
					find: ({ caller, fingerprint }) => search(port, caller, fingerprint),
					follow: (id) => follow(port, id),
				},
				leave: () => leave(port),
			};
		},
		close() {
			clearInterval(sweep);
			others?.close();
			if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
		},
	};
}

function claimOf(found: Entry, fingerprint: string): Claim {
	return found.fingerprint === fingerprint ? { kind: "follow", id: found.id } : { kind: "conflict" };
}

/** Asked anew after a wait. */
function isLive({ state }: Entry): boolean {
	return state === "live";
}
