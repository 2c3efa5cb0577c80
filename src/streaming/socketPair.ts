/** Two ends of a connection within this process: what is written to one is read from the other. */
import { Duplex } from "node:stream";

/** Where the end that accepts it comes from, as if it were a socket. */
export interface Addresses {
	readonly remoteAddress: string | undefined;
	readonly localAddress: string | undefined;
}

/** @param marks of the end that accepts it, beside its addresses */
export function socketPair(
	addresses: Addresses,
	marks: object = {},
): { readonly client: Duplex; readonly server: Duplex } {
	const client = new End();
	const server = Object.assign(new End(), addresses, marks);
	client.other = server;
	server.other = client;
	return { client, server };
}

class End extends Duplex {
	other: End | undefined;
	#resume: (() => void) | undefined;

	/** Nobody is far away. */
	setTimeout(): this {
		return this;
	}

	override _read(): void {
		const resume = this.#resume;
		this.#resume = undefined;
		resume?.();
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
		const { other } = this;
		if (other === undefined || other.destroyed || other.push(chunk)) done();
		else other.#resume = done;
	}

	override _final(done: () => void): void {
		if (this.other?.destroyed === false) this.other.push(null);
		done();
	}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		this.#resume?.();
		this.other?.destroy();
		done(error);
	}
}
