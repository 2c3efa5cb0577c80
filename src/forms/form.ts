/** A multipart body: its fields, its files, and what an upstream is sent of it. */
import type { Readable } from "node:stream";
import type { BodyBytes } from "../json/bodyBytes.js";

/** A text of a form, as its client has written it. */
export interface FormField {
	readonly name: string;
	readonly value: string;
}

export interface FormFile {
	readonly name: string;
	/** Without a path. */
	readonly filename: string | undefined;
	/** Its media type; undefined if its part names none. */
	readonly type: string | undefined;
	/** Bytes; undefined while they are still to come. */
	readonly size: number | undefined;
	/** All of it. @throws Error if the form isn't whole */
	content(): Promise<Buffer>;
	/** The same as it comes. Of a form that isn't whole it can be read once, and the form's JSON has all fields after it. */
	pieces(): AsyncIterable<Buffer>;
}

/** A body that is sent as it is read. */
export interface BodyStream {
	/** Bytes; undefined if nobody knows. */
	readonly length: number | undefined;
	/** To be called once for each attempt. */
	open(): Readable;
}

export interface Form {
	/** Fields of a form that isn't whole are those before its first file. */
	readonly fields: readonly FormField[];
	/** The same in the types of the contract. */
	readonly json: Readonly<Record<string, unknown>>;
	/** Files of a form that isn't whole: the first. */
	readonly files: readonly FormFile[];
	/** All of it is here, in memory or on disk, so that it can be sent as often as it has to be. */
	readonly isWhole: boolean;
	/** Heads and contents of its files, in order; undefined if they aren't in memory. */
	readonly contents: readonly Buffer[] | undefined;
	/** It was streamed to an upstream as it came, and can't be sent again. */
	readonly isSpent: boolean;
	/** The body with these fields in place of its own, in the client's boundary. */
	written(fields: readonly FormField[]): BodyBytes | BodyStream;
	/** Frees what it takes on disk; what has not been read of it is dropped. */
	release(): void;
}

export function isBodyStream(body: BodyBytes | BodyStream): body is BodyStream {
	return "open" in body;
}
