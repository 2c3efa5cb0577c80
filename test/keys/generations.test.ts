/** Keys in the primary while a reload has two generations of workers. */
import { expect, onTestFinished, test, vi } from "vitest";
import { createKeyRegistry } from "../../src/keys/keyRegistry.js";
import type { KeyNews } from "../../src/keys/messages.js";
import { createPrimaryKeys } from "../../src/keys/primary.js";
import type { WorkerPort } from "../../src/process/channel/topic.js";
import { readSettings, type Settings } from "../../src/settings/settings.js";
import type { KeyChanges } from "../../src/store/keyTypes.js";
import type { Store } from "../../src/store/store.js";

/** The primary's half over a store at a revision that a test sets; `close` counts stores that were closed. */
function primaryKeys() {
	const state = { revision: 1, closed: 0, read: async () => {} };
	const changes = async (): Promise<KeyChanges> => {
		const { revision } = state;
		await state.read();
		return { revision, adminHash: undefined, keys: [] };
	};
	const close = async () => {
		state.closed += 1;
	};
	const keys = createPrimaryKeys({ complain: () => {}, adminMade: () => {} }, (settings, events, _open, unwritten) =>
		createKeyRegistry(settings, events, () => ({ keys: { changes }, close }) as unknown as Store, unwritten),
	);
	return { keys, state };
}

function generation(): Settings {
	return readSettings({ store: "postgres://127.0.0.1:1/none" }, {});
}

function worker(name: string, settings: Settings): WorkerPort & { news: KeyNews[] } {
	const news: KeyNews[] = [];
	return { name, settings, news, send: (message) => void news.push(message as KeyNews) };
}

test("a change that is made while the next generation's keys are read is in its workers' snapshot", async () => {
	const { keys, state } = primaryKeys();
	const [old, next] = [generation(), generation()];
	onTestFinished(() => [old, next].forEach(keys.end));
	await keys.open(old);
	const member = keys.join(worker("worker 1", old));
	member.snapshot?.();
	let goOn = () => {};
	state.read = () =>
		new Promise((resolve) => {
			goOn = resolve;
		});
	const opened = keys.open(next);
	await new Promise(setImmediate);
	const finishReading = goOn;
	state.read = async () => {};
	state.revision = 2;
	const changed = member.answers?.changed(undefined);
	finishReading();
	member.receive?.({ topic: "keys", edition: 1 });
	await Promise.all([opened, changed]);
	expect(keys.join(worker("worker 2", next)).snapshot?.()).toMatchObject({ revision: 2 });
});

test("a change waits for workers of both generations, and not for one that dies or has not started", async () => {
	const { keys, state } = primaryKeys();
	const [old, next] = [generation(), generation()];
	onTestFinished(() => [old, next].forEach(keys.end));
	for (const settings of [old, next]) await keys.open(settings);
	const [asking, other, dying, starting] = [old, next, next, next].map((settings, index) => {
		const port = worker(`worker ${index}`, settings);
		return { port, member: keys.join(port) };
	});
	for (const one of [asking, other, dying]) one?.member.snapshot?.();
	state.revision = 2;
	let isDone = false;
	const changed = Promise.resolve(asking?.member.answers?.changed(undefined)).then((pending) => {
		isDone = true;
		return pending;
	});
	const newsCounts = () => [asking, other, dying, starting].map((one) => one?.port.news.length);
	await vi.waitFor(() => expect(newsCounts()).toEqual([1, 1, 1, 0]));
	asking?.member.receive?.({ topic: "keys", edition: 1 });
	other?.member.receive?.({ topic: "keys", edition: 1 });
	await new Promise(setImmediate);
	expect(isDone).toBe(false);
	dying?.member.leave?.();
	expect(await changed).toEqual([]);
});

test("the end of a generation closes its store, and no other", async () => {
	const { keys, state } = primaryKeys();
	const [old, next] = [generation(), generation()];
	for (const settings of [old, next]) await keys.open(settings);
	keys.end(old);
	keys.end(old);
	expect([state.closed, keys.of(old), keys.of(next)?.hasKeys()]).toEqual([1, undefined, false]);
	keys.end(next);
	expect(state.closed).toBe(2);
});
