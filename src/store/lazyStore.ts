/** The store as a worker has it: opened at its first use, so that a gateway nobody stores in costs what it did without. */
import createDebug from "debug";
import { methods } from "./methods.js";
import { openStore, type StoreSettings } from "./open.js";
import { identityOf } from "./sqliteFile.js";
import { type CompletionStore, type Store, StoreError } from "./store.js";

const debug = createDebug("llmgw:store");

/** After an attempt to open it that failed, there is none for this time; and one complaint. */
const restMs = 1_000;
const complaintEveryMs = 60_000;
/** How often it is looked whether the database's file is still the one that is open. */
const lookEveryMs = 1_000;

/**
 * @param print tells the operator, once a minute at most, that the store doesn't do what it is asked
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
	let lookedMs = 0;
	let quietUntil = 0;
	let underWay = 0;
	let allDone = () => {};

	function store(): Promise<Store> {
		if (closed) throw new StoreError("unavailable", "the gateway is stopping");
		if (opened !== undefined && isReplaced()) {
			print("The store's file was replaced; the one that stands in its place is opened");
			// The one before is left as it is: to close it would put what waits to be stored into a file that nobody reads.
			opened = undefined;
		}
		if (opened === undefined) {
			opened = openNow();
			opened.catch(restAndOpen);
		}
		return opened;
	}

	/** A file is opened anew when somebody asks. A server may take long to refuse, so that nobody waits for it a second time. */
	function restAndOpen(): void {
		const openAgain = () => {
			if (closed) return;
			if (settings.storeUrl === undefined) opened = undefined;
			else {
				const opening = openNow();
				opening.then((store) => {
					opened = opening;
					if (closed) void store.close();
				}, restAndOpen);
			}
		};
		setTimeout(openAgain, restMs).unref();
	}

	async function openNow(): Promise<Store> {
		const store = await open(settings);
		identity = nameOfFile();
		lookedMs = performance.now();
		return store;
	}

	function nameOfFile(): string | undefined {
		const { storeUrl, dataFolder } = settings;
		return storeUrl === undefined && dataFolder !== undefined ? identityOf(dataFolder) : undefined;
	}

	function isReplaced(): boolean {
		if (identity === undefined || performance.now() - lookedMs < lookEveryMs) return false;
		lookedMs = performance.now();
		const now = nameOfFile();
		return now !== undefined && now !== identity;
	}

	async function call(use: (store: Store) => Promise<unknown>): Promise<unknown> {
		underWay += 1;
		try {
			return await use(await store());
		} catch (error) {
			complain(error);
			throw error;
		} finally {
			underWay -= 1;
			if (underWay === 0) allDone();
		}
	}

	function complain(error: unknown): void {
		if (!(error instanceof StoreError) || ["not_found", "conflict", "stale"].includes(error.problem)) return;
		debug("%o", error);
		const now = performance.now();
		if (now < quietUntil) return;
		quietUntil = now + complaintEveryMs;
		print(`The store is ${error.problem === "full" ? "full" : "not available"}: ${error.message}`);
	}

	type Method = (...given: unknown[]) => Promise<unknown>;
	return {
		prompts: methods((name, given) => call(({ prompts }) => (prompts[name] as Method)(...given))),
		completions: methods<CompletionStore>((name, given) =>
			call(({ completions }) => (completions[name] as unknown as Method)(...given)),
		),
		keys: methods((name, given) => call(({ keys }) => (keys[name] as Method)(...given))),
		usage: methods((name, given) => call(({ usage }) => (usage[name] as Method)(...given))),
		audit: methods((name, given) => call(({ audit }) => (audit[name] as Method)(...given))),
		async settle() {
			await call((store) => store.settle());
		},
		async close() {
			while (underWay > 0)
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
