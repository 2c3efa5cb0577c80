/** The part of @fastify/busboy that is used, which its own types leave out. */
declare module "@fastify/busboy" {
	import type { Readable, Writable } from "node:stream";

	interface DicerOptions {
		readonly boundary: string;
		readonly maxHeaderPairs: number;
		readonly maxHeaderSize: number;
	}

	export interface Part extends Readable {
		on(event: "header", listener: (headers: Readonly<Record<string, readonly string[]>>) => void): this;
		on(event: "data", listener: (content: Buffer) => void): this;
		on(event: "error", listener: (error: Error) => void): this;
	}

	export interface Dicer extends Writable {
		on(event: "part", listener: (part: Part) => void): this;
		on(event: "finish", listener: () => void): this;
		on(event: "error", listener: (error: Error) => void): this;
	}

	const busboy: { readonly Dicer: new (options: DicerOptions) => Dicer };
	export default busboy;
}
