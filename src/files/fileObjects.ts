/** Files and uploads as OpenAI's and Anthropic's APIs have them. */
import type { IncomingHttpHeaders } from "node:http";
import type { FileRecord, UploadPart, UploadRecord } from "../store/fileTypes.js";

type Json = Record<string, unknown>;

export type FileForm = "openai" | "anthropic";

/** Anthropic's clients name a version of its API. */
export function fileFormFor(headers: IncomingHttpHeaders): FileForm {
	return headers["anthropic-version"] === undefined ? "openai" : "anthropic";
}

export function fileObject(file: FileRecord, form: FileForm): Json & { id: string; filename: string } {
	const { id, filename, bytes, purpose, mediaType, createdAt, expiresAt } = file;
	if (form === "anthropic")
		return {
			...{ id, type: "file", filename, mime_type: mediaType, size_bytes: bytes },
			created_at: timeOf(createdAt),
			expires_at: expiresAt === undefined ? null : timeOf(expiresAt),
			downloadable: true,
		};
	return {
		...{ id, object: "file", bytes, created_at: createdAt, filename, purpose, status: "processed" },
		...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
	};
}

export function deletedFile(id: string, form: FileForm) {
	return form === "anthropic" ? { id, type: "file_deleted" } : { id, object: "file", deleted: true };
}

export function uploadObject(upload: UploadRecord, file?: FileRecord) {
	const { id, bytes, createdAt, expiresAt, filename, purpose, status } = upload;
	return {
		...{ id, object: "upload", bytes, created_at: createdAt, expires_at: expiresAt, filename, purpose, status },
		file: file === undefined ? null : fileObject(file, "openai"),
	};
}

export function partObject({ id, createdAt }: UploadPart, upload: string) {
	return { id, object: "upload.part", created_at: createdAt, upload_id: upload };
}

/**
 * Reads what an upstream says of a file.
 *
 * @returns undefined if it says no id
 */
export function fileAt(upstream: string, said: Json): FileRecord | undefined {
	const { id, filename, purpose, mime_type: mediaType } = said;
	if (typeof id !== "string" || id === "") return undefined;
	return {
		...{ id, upstream, content: undefined, sha256: undefined },
		filename: textOf(filename),
		purpose: textOf(purpose, "user_data"),
		mediaType: textOf(mediaType, "application/octet-stream"),
		bytes: Number(said.bytes ?? said.size_bytes) || 0,
		createdAt: secondsOf(said.created_at) ?? Math.floor(Date.now() / 1000),
		expiresAt: secondsOf(said.expires_at),
	};
}

/** Reads what an upstream says of an upload. @returns undefined if it says no id, or not until when it lasts */
export function uploadAt(upstream: string, said: Json): UploadRecord | undefined {
	const { id } = said;
	const expiresAt = secondsOf(said.expires_at);
	if (typeof id !== "string" || id === "" || expiresAt === undefined) return undefined;
	return {
		...{ id, upstream, file: undefined, status: "pending", expiresAfter: undefined, expiresAt },
		filename: textOf(said.filename),
		purpose: textOf(said.purpose, "user_data"),
		mediaType: "application/octet-stream",
		bytes: Number(said.bytes) || 0,
		createdAt: secondsOf(said.created_at) ?? Math.floor(Date.now() / 1000),
	};
}

function textOf(value: unknown, otherwise = ""): string {
	return typeof value === "string" ? value : otherwise;
}

/** Seconds since the epoch, or a time as text. */
function secondsOf(value: unknown): number | undefined {
	if (typeof value === "number") return Math.floor(value);
	const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
	return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/** RFC 3339. */
function timeOf(seconds: number): string {
	return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
