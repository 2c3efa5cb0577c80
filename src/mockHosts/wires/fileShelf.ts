/** Files and uploads of the mock hosts, in memory: as OpenAI has them, or Anthropic for its clients. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { deletedFile, fileFormFor, fileObject, partObject, uploadObject } from "../../files/fileObjects.js";
import type { FileRecord, UploadRecord } from "../../store/fileTypes.js";
import { newId } from "../../store/newId.js";

/** The oldest are forgotten. */
const mostFiles = 1_000;
const maxBodyBytes = 64 * 1024 ** 2;
const hourSeconds = 3_600;

interface Kept {
	readonly record: FileRecord;
	readonly content: Buffer;
}

type NewFile = Pick<FileRecord, "filename" | "mediaType" | "purpose">;

interface Pending {
	readonly record: UploadRecord;
	readonly parts: Map<string, Buffer>;
}

/** What is said where there is no such thing. */
class Refusal extends Error {
	readonly status: number;

	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

export class FileShelf {
	readonly #files = new Map<string, Kept>();
	readonly #uploads = new Map<string, Pending>();

	/** @returns whether the request was one for files or uploads, and is answered */
	async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
		const [path = ""] = (request.url ?? "").split("?", 1);
		const [, kind, id, action] =
			/\/(files|uploads)(?:\/([^/]+))?(?:\/(content|parts|complete|cancel))?$/.exec(path) ?? [];
		if (kind === undefined) return false;
		try {
			const asked = `${request.method} ${action ?? (id === undefined ? "all" : "one")}`;
			if (kind === "files") await this.#file(request, response, asked, id ?? "");
			else sendJson(response, await this.#upload(request, asked, id ?? ""));
		} catch (error) {
			const { status = 400, message } = error as Refusal;
			sendJson(response, errorBody(request, status, message), status);
		}
		return true;
	}

	/** @returns undefined if there is no such file */
	content(id: string): Buffer | undefined {
		return this.#files.get(id)?.content;
	}

	keep({ filename, mediaType, purpose }: NewFile, content: Buffer): FileRecord {
		const record: FileRecord = {
			...{ id: newId("file-", 24), upstream: undefined, filename, mediaType, purpose, bytes: content.length },
			...{ content: undefined, sha256: undefined, createdAt: now(), expiresAt: undefined },
		};
		this.#files.set(record.id, { record, content });
		const [oldest] = this.#files.keys();
		if (this.#files.size > mostFiles && oldest !== undefined) this.#files.delete(oldest);
		return record;
	}

	async #file(request: IncomingMessage, response: ServerResponse, asked: string, id: string): Promise<void> {
		const form = fileFormFor(request.headers);
		if (asked === "POST all") return sendJson(response, fileObject(await this.#add(request), form));
		if (asked === "GET all") {
			const data = [...this.#files.values()].reverse().map(({ record }) => fileObject(record, form));
			return sendJson(response, { object: "list", data, has_more: false });
		}
		const { record, content } = this.#find(id);
		if (asked === "GET one") return sendJson(response, fileObject(record, form));
		if (asked === "GET content") {
			response.writeHead(200, { "content-type": "application/octet-stream", "content-length": content.length });
			response.end(content);
			return;
		}
		if (asked !== "DELETE one") throw new Refusal(405, `there is no ${asked}`);
		this.#files.delete(id);
		sendJson(response, deletedFile(id, form));
	}

	async #upload(request: IncomingMessage, asked: string, id: string): Promise<object> {
		if (asked === "POST all") return this.#begin(JSON.parse((await read(request)).toString()));
		const upload = this.#uploads.get(id);
		if (upload === undefined) throw new Refusal(404, `No such upload: ${id}`);
		const { record, parts } = upload;
		if (asked === "POST parts") {
			const part = { id: newId("part_", 24), content: undefined, bytes: 0, createdAt: now() };
			parts.set(part.id, await contentOf(await formIn(request), "data"));
			return partObject(part, id);
		}
		this.#uploads.delete(id);
		if (asked === "POST cancel") return uploadObject({ ...record, status: "cancelled" });
		const { part_ids: ids } = JSON.parse((await read(request)).toString()) as { part_ids: string[] };
		const content = Buffer.concat(ids.map((part) => parts.get(part) ?? Buffer.alloc(0)));
		return uploadObject({ ...record, status: "completed" }, this.keep(record, content));
	}

	#begin(asked: { filename: string; purpose: string; bytes: number; mime_type?: string }): object {
		const { filename, purpose, bytes, mime_type: mediaType = "application/octet-stream" } = asked;
		const record: UploadRecord = {
			...{ id: newId("upload_", 24), upstream: undefined, filename, purpose, bytes, mediaType },
			...{
				status: "pending",
				file: undefined,
				expiresAfter: undefined,
				createdAt: now(),
				expiresAt: now() + hourSeconds,
			},
		};
		this.#uploads.set(record.id, { record, parts: new Map() });
		return uploadObject(record);
	}

	async #add(request: IncomingMessage): Promise<FileRecord> {
		const form = await formIn(request);
		const file = form.get("file");
		if (!(file instanceof Blob)) throw new Refusal(400, "file must be a file");
		const purpose = form.get("purpose");
		const named = { filename: (file as File).name, mediaType: file.type || "application/octet-stream" };
		return this.keep(
			{ ...named, purpose: typeof purpose === "string" ? purpose : "user_data" },
			await contentOf(form, "file"),
		);
	}

	#find(id: string): Kept {
		const kept = this.#files.get(id);
		if (kept === undefined) throw new Refusal(404, `No such File object: ${id}`);
		return kept;
	}
}

async function formIn(request: IncomingMessage): Promise<FormData> {
	const headers = { "content-type": request.headers["content-type"] ?? "" };
	return new Response(await read(request), { headers }).formData();
}

async function contentOf(form: FormData, name: string): Promise<Buffer> {
	const file = form.get(name);
	if (!(file instanceof Blob)) throw new Refusal(400, `${name} must be a file`);
	return Buffer.from(await file.arrayBuffer());
}

async function read(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		bytes += chunk.length;
		if (bytes <= maxBodyBytes) chunks.push(chunk);
	}
	if (bytes > maxBodyBytes) throw new Refusal(413, `a body has at most ${maxBodyBytes} bytes`);
	return Buffer.concat(chunks);
}

function sendJson(response: ServerResponse, value: object, status = 200): void {
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function errorBody({ headers }: IncomingMessage, status: number, message: string): object {
	const type = status === 404 ? "not_found_error" : "invalid_request_error";
	if (fileFormFor(headers) === "anthropic") return { type: "error", error: { type, message } };
	return { error: { message, type: "invalid_request_error", param: null, code: null } };
}

function now(): number {
	return Math.floor(Date.now() / 1000);
}
