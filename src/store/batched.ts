/** Batches the writes of one turn of the event loop: a write or a commit costs more than a record. */

interface Waiting<Item> {
	item: Item;
	resolve(): void;
	reject(error: unknown): void;
}

/**
 * @param write all or nothing, unless it throws `PartialWrite`
 * @returns a function that takes one item and resolves when it is written
 */
export function batched<Item>(write: (items: readonly Item[]) => Promise<void> | void): (item: Item) => Promise<void> {
	let batch: Waiting<Item>[] = [];
	async function flush(): Promise<void> {
		const flushed = batch;
		batch = [];
		try {
			await write(flushed.map(({ item }) => item));
			for (const { resolve } of flushed) resolve();
		} catch (error) {
			const written = error instanceof PartialWrite ? error.written : 0;
			const reason = error instanceof PartialWrite ? error.cause : error;
			for (const [place, { resolve, reject }] of flushed.entries()) place < written ? resolve() : reject(reason);
		}
	}
	return (item) =>
		new Promise((resolve, reject) => {
			if (batch.length === 0) setImmediate(flush);
			batch.push({ item, resolve, reject });
		});
}

/** The first `written` items were written before `cause` occurred. */
export class PartialWrite extends Error {
	readonly written: number;

	constructor(written: number, cause: unknown) {
		super("not all were written", { cause });
		this.written = written;
	}
}
