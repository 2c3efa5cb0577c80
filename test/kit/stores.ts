/** Stores to test: the same tests run over real SQLite and a real PostgreSQL. */
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import { openStore, type StoreSettings } from "../../src/store/open.js";
import type { Store } from "../../src/store/store.js";
import { storeInForce, temporaryFolder } from "./gateway.js";
import { type Postgres, postgresPrograms, startPostgres } from "./postgres.js";

export { aCompletion, aPrompt, aResponse } from "./storeRecords.js";

export interface StoreKind {
	/** Settings of a store that doesn't exist yet. */
	fresh(): Promise<StoreSettings>;
	/** Opens a store that is closed when the test ends. */
	open(settings?: StoreSettings, now?: () => number): Promise<Store>;
	/** The server, if the kind has one. */
	server(): Postgres;
}

/** Runs these tests with SQLite, and with PostgreSQL if it is installed. */
export function overBothStores(tests: (kind: StoreKind) => void): void {
	describe("SQLite", () => tests(kindOf(async () => ({ dataFolder: temporaryFolder(), storeUrl: undefined }))));
	overPostgres(tests);
}

/** Runs these tests with PostgreSQL, or reports that it is not installed. */
export function overPostgres(tests: (kind: StoreKind) => void): void {
	const name = postgresPrograms() ? "PostgreSQL" : "PostgreSQL (skipped: neither initdb nor pg_ctl is on this machine)";
	describe.skipIf(!postgresPrograms())(name, () => {
		let server: Postgres | undefined;
		beforeAll(() => {
			server = startPostgres();
		}, 60_000);
		afterAll(() => server?.remove());
		const running = () => server as Postgres;
		tests(kindOf(async () => ({ dataFolder: undefined, storeUrl: await running().database() }), running));
	});
}

/** Runs these tests with gateways that store in SQLite, and with gateways that store in PostgreSQL. */
export function overBothGateways(tests: () => void): void {
	const without = storeInForce.flags;
	overBothStores(({ fresh }) => {
		beforeAll(() => {
			storeInForce.flags = async () => {
				const { dataFolder, storeUrl } = await fresh();
				return storeUrl === undefined ? { data: dataFolder as string } : { store: storeUrl };
			};
		});
		afterAll(() => {
			storeInForce.flags = without;
		});
		tests();
	});
}

/** The store's settings as flags. */
export async function storeArguments(): Promise<string[]> {
	return Object.entries(await storeInForce.flags()).flatMap(([name, value]) => [`--${name}`, value]);
}

function kindOf(fresh: () => Promise<StoreSettings>, server?: () => Postgres): StoreKind {
	return {
		fresh,
		async open(settings?: StoreSettings, now?: () => number) {
			const store = await openStore(settings ?? (await fresh()), now);
			onTestFinished(() => store.close());
			return store;
		},
		server:
			server ??
			(() => {
				throw new Error("SQLite has no server");
			}),
	};
}
