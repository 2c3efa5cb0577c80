/** Contents of files in the database, in chunks, so that every machine has them. */
import { Readable } from "node:stream";
import type { FileStore } from "../store/fileTypes.js";
import { StoreError } from "../store/store.js";
import type { ByteSource, Contents } from "./contents.js";

/** A chunk is one statement, and is held in memory. */
const chunkBytes = 1024 * 1024;

export function storeContents(
	files: Pick<FileStore, "addChunk" | "chunk" | "removeChunks" | "unusedChunks">,
): Contents {
	async function* chunksOf(name: string, first: Uint8Array) {
		let chunk: Uint8Array | undefined = first;
		for (let number = 1; chunk !== undefined; number += 1) {
			yield chunk;
			chunk = await files.chunk(name, number);
		}
	}

	return {
		async write(name, source) {
			try {
				let number = 0;
				for await (const chunk of chunked(source)) {
					await files.addChunk(name, number, chunk);
					number += 1;
				}
			} catch (thrown) {
				await files.removeChunks(name).catch(() => {});
				throw thrown;
			}
		},
		async read(name) {
			const first = await files.chunk(name, 0);
			if (first === undefined) throw new StoreError("not_found", "The file's content is not kept any more.");
			return Readable.from(chunksOf(name, first), { objectMode: false });
		},
		remove: (name) => files.removeChunks(name),
		async sweep() {
			for (const name of await files.unusedChunks()) await files.removeChunks(name);
		},
	};
}

/** At least one, so that an empty content is there too. */
async function* chunked(source: ByteSource): AsyncGenerator<Uint8Array> {
	let pieces: Uint8Array[] = [];
	let length = 0;
	let hasAny = false;
	for await (const piece of source) {
		pieces.push(piece);
		length += piece.length;
		if (length < chunkBytes) continue;
		yield Buffer.concat(pieces);
		hasAny = true;
		pieces = [];
		length = 0;
	}
	if (length > 0 || !hasAny) yield Buffer.concat(pieces);
}
