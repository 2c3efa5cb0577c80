/** Pictures of pretending hosts: a small square whose colour depends on the text. */
import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

const side = 32;
const signature = Buffer.from("89504e470d0a1a0a", "hex");

/** @returns a PNG as base64 */
export function pictureOf(text: string): string {
	const colour = createHash("sha256").update(text).digest().subarray(0, 3);
	// Each line begins with the number of its filter, which is none.
	const line = Buffer.concat([Buffer.of(0), ...Array<Buffer>(side).fill(colour)]);
	const header = Buffer.alloc(13);
	header.writeUInt32BE(side, 0);
	header.writeUInt32BE(side, 4);
	// Eight bits for each of red, green and blue.
	header.set([8, 2], 8);
	const lines = deflateSync(Buffer.concat(Array<Buffer>(side).fill(line)));
	return Buffer.concat([
		signature,
		chunk("IHDR", header),
		chunk("IDAT", lines),
		chunk("IEND", Buffer.alloc(0)),
	]).toString("base64");
}

function chunk(type: string, data: Buffer): Buffer {
	const named = Buffer.concat([Buffer.from(type), data]);
	const bytes = Buffer.alloc(named.length + 8);
	bytes.writeUInt32BE(data.length, 0);
	named.copy(bytes, 4);
	bytes.writeUInt32BE(crc32(named), named.length + 4);
	return bytes;
}
