/** Files that the gateway keeps itself: their contents beside the store, their records in it. */
import type { Readable } from "node:stream";
import type { Settings } from "../settings/settings.js";
import type { FileRecord } from "../store/fileTypes.js";
import type { Store } from "../store/store.js";
import type { ByteSource } from "./contents.js";
import { fileTooLarge, noSuchFile } from "./failures.js";
import { FileWriter, type NewFile } from "./fileWriter.js";
import { LocalUploads } from "./localUploads.js";
import { openContents } from "./openContents.js";

export type FileSettings = Pick<
	Settings,
	"storeUrl" | "dataFolder" | "maxFileBytes" | "filesQuotaBytes" | "fileMaxAgeMs"
>;

const largeHint = ": send larger ones in parts, to /v1/uploads";

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
	 * @param source the content; an error that it throws ends the file
	 * @param mayBeLarge it is not held to the size of a file in one request
	 * @throws GatewayError 413 if it is too large, or the owner has too many
	 * @throws StoreError `full` or `unavailable`
	 */
	async create(owner: string, file: NewFile, source: ByteSource, mayBeLarge = false): Promise<FileRecord> {
		const { maxFileBytes } = this.#settings;
		const most = { maxBytes: maxFileBytes, error: () => fileTooLarge(maxFileBytes, largeHint) };
		const written = await this.#writer.write(owner, source, mayBeLarge ? {} : { most });
		return this.#writer.keeping(written, async () => {
			const record = this.#writer.recordOf(file, written);
			await this.#store.files.add(owner, record);
			return record;
		});
	}

	/** Any of the owner's, also one that an upstream keeps. @throws GatewayError 404 if there is none, or it is another's */
	async find(owner: string, id: string): Promise<FileRecord> {
		const file = this.canKeep ? await this.#store.files.get(owner, id) : undefined;
		if (file === undefined) throw noSuchFile(id);
		return file;
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

	/** @returns false if there was none */
	async remove(owner: string, { id, content }: FileRecord): Promise<boolean> {
		const isRemoved = await this.#store.files.remove(owner, id);
		// What can't be removed now is swept up later.
		if (content !== undefined) await this.#writer.contents.remove(content).catch(() => {});
		return isRemoved;
	}

	/** Removes what has expired. @returns how many files */
	async retain(): Promise<number> {
		const removed = await this.#store.files.retain({ maxAgeMs: this.#settings.fileMaxAgeMs });
		await this.#writer.contents.sweep();
		return removed;
	}
}
