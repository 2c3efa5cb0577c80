/** Files that come to the gateway's own store in parts, as OpenAI's uploads. */
import type { FileRecord, FileStore, UploadPart, UploadRecord } from "../store/fileTypes.js";
import { newId } from "../store/newId.js";
import { type ByteSource, readAll } from "./contents.js";
import { fileTooLarge, noSuchPart, noSuchUpload, uploadEnded, wrongChecksum, wrongLength } from "./failures.js";
import type { FileWriter, NewFile } from "./fileWriter.js";

export interface NewUpload extends NewFile {
	/** Of all parts together. */
	readonly bytes: number;
}

export interface Completion {
	/** In the order of the file. */
	readonly partIds: readonly string[];
	/** Hexadecimal; undefined where the client doesn't say it. */
	readonly md5?: string | undefined;
}

/** OpenAI's own. */
const lifetimeSeconds = 3_600;
const maxPartBytes = 64 * 1024 * 1024;
const letterCount = 24;

export class LocalUploads {
	readonly #writer: FileWriter;
	readonly #store: FileStore;

	constructor(writer: FileWriter, store: FileStore) {
		this.#writer = writer;
		this.#store = store;
	}

	/** @throws GatewayError 413 for more than the owner could ever keep */
	async create(owner: string, { filename, purpose, mediaType, expiresAfter, bytes }: NewUpload): Promise<UploadRecord> {
		this.#writer.requirePossible(bytes);
		const createdAt = this.#writer.seconds();
		const upload: UploadRecord = {
			...{ id: newId("upload_", letterCount), upstream: undefined, filename, purpose, bytes, expiresAfter },
			mediaType: mediaType ?? "application/octet-stream",
			status: "pending",
			file: undefined,
			createdAt,
			expiresAt: createdAt + lifetimeSeconds,
		};
		await this.#store.addUpload(owner, upload);
		return upload;
	}

	/** @throws GatewayError 404 if there is none, or it is another's */
	async find(owner: string, id: string): Promise<UploadRecord> {
		const upload = await this.#store.getUpload(owner, id);
		if (upload === undefined) throw noSuchUpload(id);
		return upload;
	}

	/** @throws GatewayError 400 if it is not pending, 413 for too large a part; StoreError `full` */
	async addPart(owner: string, upload: UploadRecord, source: ByteSource): Promise<UploadPart> {
		requirePending(upload);
		const most = { maxBytes: maxPartBytes, error: () => fileTooLarge(maxPartBytes, ", which is the most of one part") };
		const written = await this.#writer.write(owner, source, { most });
		return this.#writer.keeping(written, async () => {
			const { content, bytes } = written;
			const part = { id: newId("part_", letterCount), content, bytes, createdAt: this.#writer.seconds() };
			await this.#store.addPart(upload.id, part);
			return part;
		});
	}

	/**
	 * Makes a file of the parts.
	 *
	 * @throws GatewayError 400 if it is not pending, a part is not its own, or length or checksum are others than announced
	 */
	async complete(owner: string, upload: UploadRecord, { partIds, md5 }: Completion): Promise<FileRecord> {
		requirePending(upload);
		const all = await this.#store.parts(upload.id);
		const parts = partIds.map((id) => {
			const part = all.find((one) => one.id === id);
			if (part === undefined) throw noSuchPart(id);
			return part;
		});
		const bytes = bytesOf(parts);
		if (bytes !== upload.bytes) throw wrongLength(upload.bytes, bytes);
		const written = await this.#writer.write(owner, readAll(this.#writer.contents, contentsOf(parts)), {
			// A part may come several times.
			freedBytes: bytesOf(all),
		});
		return this.#writer.keeping(written, async () => {
			if (md5 !== undefined && md5.toLowerCase() !== written.md5) throw wrongChecksum();
			const file = this.#writer.recordOf(upload, written);
			if (!(await this.#store.endUpload(owner, upload.id, file))) throw uploadEnded(upload.id, "completed");
			await this.#removeContents(all);
			return file;
		});
	}

	/** @throws GatewayError 400 if it is not pending */
	async cancel(owner: string, upload: UploadRecord): Promise<UploadRecord> {
		requirePending(upload);
		const parts = await this.#store.parts(upload.id);
		if (!(await this.#store.endUpload(owner, upload.id, undefined))) throw uploadEnded(upload.id, "completed");
		await this.#removeContents(parts);
		return { ...upload, status: "cancelled" };
	}

	/** What can't be removed now is swept up later. */
	async #removeContents(parts: readonly UploadPart[]): Promise<void> {
		for (const content of contentsOf(parts)) await this.#writer.contents.remove(content).catch(() => {});
	}
}

function bytesOf(parts: readonly UploadPart[]): number {
	return parts.reduce((sum, part) => sum + part.bytes, 0);
}

function contentsOf(parts: readonly UploadPart[]): string[] {
	return parts.flatMap(({ content }) => (content === undefined ? [] : [content]));
}

function requirePending({ id, status }: UploadRecord): void {
	if (status !== "pending") throw uploadEnded(id, status);
}
