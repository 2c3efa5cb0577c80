/** The store of a worker: opened at its first use, so that it costs nothing if nobody stores. */
import createDebug from "debug";
import type { BatchStore } from "./batchTypes.js";
import type { ConversationStore } from "./conversationTypes.js";
import { methods } from "./methods.js";
import { openStore, type StoreSettings } from "./open.js";
import { identityOf } from "./sqliteFile.js";
import { type CompletionStore, type Store, StoreError } from "./store.js";

const debug = createDebug("llmgw:store");

/** Pause after a failed attempt to open it, and between two complaints. */
const reopenAfterMs = 1_000;
const complaintEveryMs = 60_000;
/** How often to check whether the database's file is still the one that is open. */
const checkEveryMs = 1_000;

/**
 * @param print reports failures of the store to the operator, at most once a minute
 * @param open opens the store itself
 */
export function lazyStore(
	settings: StoreSettings,
	print: (line: string) => void,
	open: (settings: StoreSettings) => Promise<Store> = openStore,
): Store {
	let opened: Promise<Store> | undefined;
	let closed = false;
	let identity: string | undefined;
	let checkedMs = 0;
	let quietUntil = 0;
	let callCount = 0;
	let allDone = () => {};

	function store(): Promise<Store> {
		if (closed) throw new StoreError("unavailable", "the gateway is stopping");
		if (opened !== undefined && isReplaced()) {
			print("The store's file was replaced; opening the new one");
			// The old one is not closed: that would move waiting records into a file that nobody reads.
			opened = undefined;
		}
		if (opened === undefined) {
			opened = openNow();
			opened.catch(reopenLater);
		}
		return opened;
	}

	/** A file is reopened on demand. A server is reopened in the background, since it may take long to refuse. */
	function reopenLater(): void {
		const openAgain = () => {
			if (closed) return;
			if (settings.storeUrl === undefined) opened = undefined;
			else {
				const opening = openNow();
				opening.then((store) => {
					opened = opening;
					if (closed) void store.close();
				}, reopenLater);
			}
		};
		setTimeout(openAgain, reopenAfterMs).unref();
	}

	async function openNow(): Promise<Store> {
		const store = await open(settings);
		identity = nameOfFile();
		checkedMs = performance.now();
		return store;
	}

	function nameOfFile(): string | undefined {
		const { storeUrl, dataFolder } = settings;
		return storeUrl === undefined && dataFolder !== undefined ? identityOf(dataFolder) : undefined;
	}

	function isReplaced(): boolean {
		if (identity === undefined || performance.now() - checkedMs < checkEveryMs) return false;
		checkedMs = performance.now();
		const now = nameOfFile();
		return now !== undefined && now !== identity;
	}

	async function call(use: (store: Store) => Promise<unknown>): Promise<unknown> {
		callCount += 1;
		try {
			return await use(await store());
		} catch (error) {
			complain(error);
			throw error;
		} finally {
			callCount -= 1;
			if (callCount === 0) allDone();
		}
	}

	function complain(error: unknown): void {
		// While it stops, it is no fault of the store's.
		if (closed || !(error instanceof StoreError) || ["not_found", "conflict", "stale"].includes(error.problem)) return;
		debug("%o", error);
		const now = performance.now();
		if (now < quietUntil) return;
		quietUntil = now + complaintEveryMs;
		print(`The store is ${error.problem === "full" ? "full" : "not available"}: ${error.message}`);
	}

	type Method = (...args: unknown[]) => Promise<unknown>;
	return {
		prompts: methods((name, args) => call(({ prompts }) => (prompts[name] as Method)(...args))),
		completions: methods<CompletionStore>((name, args) =>
			call(({ completions }) => (completions[name] as unknown as Method)(...args)),
		),
		responses: methods((name, args) => call(({ responses }) => (responses[name] as Method)(...args))),
		keys: methods((name, args) => call(({ keys }) => (keys[name] as Method)(...args))),
		usage: methods((name, args) => call(({ usage }) => (usage[name] as Method)(...args))),
		cache: methods((name, args) => call(({ cache }) => (cache[name] as Method)(...args))),
		sessions: methods((name, args) => call(({ sessions }) => (sessions[name] as Method)(...args))),
		conversations: methods<ConversationStore>((name, args) =>
			call(({ conversations }) => (conversations[name] as unknown as Method)(...args)),
		),
		secrets: methods((name, args) => call(({ secrets }) => (secrets[name] as Method)(...args))),
		background: methods((name, args) => call(({ background }) => (background[name] as Method)(...args))),
		batches: methods<BatchStore>((name, args) => call(({ batches }) => (batches[name] as unknown as Method)(...args))),
		webhooks: methods((name, args) => call(({ webhooks }) => (webhooks[name] as Method)(...args))),
		files: methods((name, args) => call(({ files }) => (files[name] as Method)(...args))),
		calls: methods((name, args) => call(({ calls }) => (calls[name] as Method)(...args))),
		audit: methods((name, args) => call(({ audit }) => (audit[name] as Method)(...args))),
		async settle() {
			await call((store) => store.settle());
		},
		async close() {
			while (callCount > 0)
				await new Promise<void>((resolve) => {
					allDone = resolve;
				});
			closed = true;
			await opened?.then(
				(store) => store.close(),
				() => {},
			);
		},
	};
}
