/** Bytes that may not be too many. */
import type { GatewayError } from "../errors/gatewayError.js";
import type { ByteSource } from "./contents.js";

export interface Bound {
	readonly maxBytes: number;
	error(): GatewayError;
}

/** @throws GatewayError the first bound's that is exceeded */
export async function* bounded(source: ByteSource, bounds: readonly Bound[]): AsyncGenerator<Uint8Array> {
	let bytes = 0;
	for await (const piece of source) {
		bytes += piece.length;
		const exceeded = bounds.find(({ maxBytes }) => bytes > maxBytes);
		if (exceeded !== undefined) throw exceeded.error();
		yield piece;
	}
}
