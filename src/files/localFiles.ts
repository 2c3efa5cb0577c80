/** Files that the gateway keeps itself: their contents beside the store, their records in it. */
import type { Readable } from "node:stream";
import type { Settings } from "../settings/settings.js";
import type { FileRecord } from "../store/fileTypes.js";
import { type Store, StoreError } from "../store/store.js";
import type { ByteSource } from "./contents.js";
import { noSuchFile } from "./failures.js";
import { FileWriter, type NewFile } from "./fileWriter.js";
import { LocalUploads } from "./localUploads.js";
import { openContents } from "./openContents.js";

export type FileSettings = Pick<Settings, "storeUrl" | "dataFolder" | "filesQuotaBytes" | "fileMaxAgeMs">;

export class LocalFiles {
	readonly uploads: LocalUploads;
	readonly #settings: FileSettings;
	readonly #store: Store;
	readonly #writer: FileWriter;

	/** @param now milliseconds since the epoch */
	constructor(settings: FileSettings, store: Store, now: () => number = Date.now) {
		this.#settings = settings;
		this.#store = store;
		const contents = openContents(settings, store.files);
		this.#writer = new FileWriter(contents, store.files, settings.filesQuotaBytes, now);
		this.uploads = new LocalUploads(this.#writer, store.files);
	}

	/** There is somewhere to keep them. */
	get canKeep(): boolean {
		const { storeUrl, dataFolder } = this.#settings;
		return (storeUrl ?? dataFolder) !== undefined;
	}

	/**
	 * Keeps a file. If it fails, nothing of it is left.
	 *
	 * @param owner see `ownerOf`
	 * @param file what is said of it; a function is asked when all of the content has come
	 * @param source the content; an error that it throws ends the file
	 * @throws GatewayError 413 if the owner has too many
	 * @throws StoreError `full` or `unavailable`
	 */
	async create(owner: string, file: NewFile | (() => NewFile), source: ByteSource): Promise<FileRecord> {
		const written = await this.#writer.write(owner, source);
		return this.#writer.keeping(written, async () => {
			const record = this.#writer.recordOf(typeof file === "function" ? file() : file, written);
			await this.#store.files.add(owner, record);
			return record;
		});
	}

	/** Notes whose a file is that an upstream keeps. */
	async note(owner: string, file: FileRecord): Promise<void> {
		if (this.canKeep) await this.#store.files.add(owner, file);
	}

	/**
	 * Any of the owner's, also one that an upstream keeps.
	 *
	 * @param param the member that names it
	 * @throws GatewayError 404 if there is none, or it is another's
	 */
	async find(owner: string, id: string, param?: string): Promise<FileRecord> {
		const file = await this.get(owner, id);
		if (file === undefined) throw noSuchFile(id, param);
		return file;
	}

	/** The same; undefined if there is none, or it is another's. */
	async get(owner: string, id: string): Promise<FileRecord | undefined> {
		return this.canKeep ? this.#store.files.get(owner, id) : undefined;
	}

	/**
	 * Its content.
	 *
	 * @throws GatewayError 404 if there is none, or it is another's, or an upstream's
	 */
	async read(owner: string, id: string): Promise<Readable> {
		return this.readContent(await this.find(owner, id));
	}

	/** @throws GatewayError 404 for an upstream's */
	readContent({ id, content }: FileRecord): Promise<Readable> {
		if (content === undefined) throw noSuchFile(id);
		return this.#writer.contents.read(content);
	}

	/** On a full disk its content goes first, which makes the room that its record's removal needs. @returns false if there was none */
	async remove(owner: string, { id, content }: FileRecord): Promise<boolean> {
		const removeRecord = () => this.#store.files.remove(owner, id);
		// What can't be removed now is swept up later.
		const removeContent = async () => content && (await this.#writer.contents.remove(content).catch(() => {}));
		try {
			return await removeRecord();
		} catch (error) {
			if (!(error instanceof StoreError && error.problem === "full")) throw error;
			await removeContent();
			await this.#writer.contents.makeRoom?.();
			return await removeRecord();
		} finally {
			await removeContent();
		}
	}

	/** Removes what has expired. @returns how many files */
	async retain(): Promise<number> {
		const removed = await this.#store.files.retain({ maxAgeMs: this.#settings.fileMaxAgeMs });
		await this.#writer.contents.sweep();
		return removed;
	}
}
