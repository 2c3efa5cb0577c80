/** The primary's half of keys: a registry for each generation, whose news its workers get, and confirm. */
import type { PrimaryHalf, WorkerMember, WorkerPort } from "../process/channel/topic.js";
import type { Settings } from "../settings/settings.js";
import type { KeyChanges } from "../store/keyTypes.js";
import { createKeyRegistry, type KeyRegistry } from "./keyRegistry.js";
import type { KeysTopic, RevokedHere } from "./messages.js";
import { createUnwrittenRevocations } from "./unwrittenRevocations.js";

/** How long a change of a key waits until each worker has confirmed that it is in force. */
const confirmMs = 2_000;

export interface PrimaryKeysEvents {
	complain(line: string): void;
	/** A credential for administrators was made, to be shown this once. */
	adminMade(secret: string): void;
}

export interface PrimaryKeys extends PrimaryHalf<KeysTopic> {
	open(settings: Settings): Promise<void>;
	end(settings: Settings): void;
	/** @param settings of a generation that was opened. @returns undefined if there is none, or it has ended */
	of(settings: Settings): Pick<KeyRegistry, "closedBy" | "hasKeys"> | undefined;
}

/** @param openRegistry makes a generation's registry */
export function createPrimaryKeys(events: PrimaryKeysEvents, openRegistry = createKeyRegistry): PrimaryKeys {
	const unwrittenOf = createUnwrittenRevocations(events.complain);
	/** By the settings of their generation, down to the last worker that drains. */
	const registries = new Map<Settings, KeyRegistry>();
	const workers = new Set<KeysMember>();

	/** Waits until every worker has confirmed all its news, and names those that take too long. */
	async function unconfirmed(): Promise<string[]> {
		const current = [...workers];
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, confirmMs);
		});
		await Promise.race([Promise.all(current.map((worker) => worker.confirmed())), late]);
		clearTimeout(timer);
		return current.filter(({ isConfirmed }) => !isConfirmed).map(({ name }) => name);
	}

	/** A key was changed in the store, which all generations read: any of them may use the same one. */
	async function changed(worker: KeysMember, registry: KeyRegistry): Promise<string[]> {
		const all = new Set([registry, ...registries.values()]);
		const wereRead = await Promise.all([...all].map((one) => one.refresh()));
		const pending = await unconfirmed();
		if (wereRead.includes(false)) pending.push("the primary process, which can't read the store");
		worker.inform(registry.news());
		return pending;
	}

	return {
		topic: "keys",
		async open(settings) {
			const registry = openRegistry(
				settings,
				{
					...events,
					changed(changes) {
						for (const worker of workers) if (worker.settings === settings) worker.inform(changes);
					},
				},
				undefined,
				unwrittenOf(settings),
			);
			// Before it has read, so that a change that is made meanwhile has it read again.
			registries.set(settings, registry);
			await registry.refresh();
		},
		of: (settings) => registries.get(settings),
		join(port) {
			const registry = registries.get(port.settings);
			if (registry === undefined) throw new Error("the keys of this generation were not opened");
			const worker: KeysMember = new KeysMember(port, () => registry.snapshot(), {
				changed: () => changed(worker, registry),
				async revoke({ name, by }): Promise<RevokedHere | undefined> {
					const revoked = registry.revoke(name, by);
					return revoked && { ...revoked, pending: await unconfirmed() };
				},
			});
			workers.add(worker);
			return {
				snapshot: () => worker.snapshot(),
				receive: ({ edition }) => worker.confirm(edition),
				answers: worker.answers,
				leave() {
					workers.delete(worker);
					worker.leave();
				},
			};
		},
		end(settings) {
			registries.get(settings)?.close();
			registries.delete(settings);
		},
	};
}

/** One worker, and how far it has confirmed its news. */
class KeysMember {
	readonly answers: NonNullable<WorkerMember<KeysTopic>["answers"]>;
	readonly #port: WorkerPort<KeysTopic>;
	readonly #readSnapshot: () => KeyChanges | undefined;
	#isStarted = false;
	#hasLeft = false;
	/** Editions: the newest that it was sent, and the newest that it has confirmed. */
	#sent = 0;
	#confirmed = 0;
	#waiting: { edition: number; resolve: () => void }[] = [];

	constructor(
		port: WorkerPort<KeysTopic>,
		readSnapshot: () => KeyChanges | undefined,
		answers: NonNullable<WorkerMember<KeysTopic>["answers"]>,
	) {
		this.#port = port;
		this.#readSnapshot = readSnapshot;
		this.answers = answers;
	}

	get name(): string {
		return this.#port.name;
	}

	get settings(): Settings {
		return this.#port.settings;
	}

	/** Everything it was sent is in force in it, or its process is no more. */
	get isConfirmed(): boolean {
		return this.#hasLeft || this.#confirmed >= this.#sent;
	}

	snapshot(): KeyChanges | undefined {
		this.#isStarted = true;
		return this.#readSnapshot();
	}

	/** A worker that has no snapshot yet needs no news: the snapshot has them. */
	inform(changes: KeyChanges): void {
		if (!this.#isStarted) return;
		this.#sent += 1;
		this.#port.send({ topic: "keys", changes, edition: this.#sent });
	}

	confirm(edition: number): void {
		this.#confirmed = edition;
		this.#settle();
	}

	/** Resolves as soon as `isConfirmed`, for what it was sent until now. */
	confirmed(): Promise<void> {
		if (this.isConfirmed) return Promise.resolve();
		const edition = this.#sent;
		return new Promise((resolve) => this.#waiting.push({ edition, resolve }));
	}

	leave(): void {
		this.#hasLeft = true;
		this.#settle();
	}

	#settle(): void {
		const settled = this.#waiting.filter(({ edition }) => this.#hasLeft || edition <= this.#confirmed);
		this.#waiting = this.#waiting.filter((one) => !settled.includes(one));
		for (const { resolve } of settled) resolve();
	}
}
