/** Embeddings of pretending hosts: meaningless numbers that depend on the text. */
import { createHash } from "node:crypto";

const dimensions = 8;

export function vectorsOf(inputs: readonly unknown[]): Float32Array[] {
	return inputs.map((input) => vectorOf(JSON.stringify(input)));
}

function vectorOf(text: string): Float32Array {
	const bytes = createHash("sha256").update(text).digest();
	return Float32Array.from({ length: dimensions }, (_unused, index) => (bytes[index] ?? 0) / 128 - 1);
}
