/** PNG files: https://www.w3.org/TR/png-3/ */
import { constants, crc32, deflateSync } from "node:zlib";

export const pngSignature = Buffer.from("89504e470d0a1a0a", "hex");

/** Kinds of colour, whose channels have eight bits each. */
const pngColours = { grey: 0, rgb: 2 } as const;

interface Picture {
	readonly width: number;
	readonly height: number;
	readonly colour: keyof typeof pngColours;
	/** The bytes of all pixels, line by line, each behind the number of its filter: 0 for none. */
	readonly lines: Buffer;
}

/** Looks for runs of equal bytes alone: noise would take a second to compress otherwise, and the worker with it. */
const compression = { strategy: constants.Z_RLE };

/** @returns the file as base64 */
export function pngOf({ width, height, colour, lines }: Picture): string {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, pngColours[colour]], 8);
	const chunks = [
		chunk("IHDR", header),
		chunk("IDAT", deflateSync(lines, compression)),
		chunk("IEND", Buffer.alloc(0)),
	];
	return Buffer.concat([pngSignature, ...chunks]).toString("base64");
}

function chunk(type: string, data: Buffer): Buffer {
	const named = Buffer.concat([Buffer.from(type), data]);
	const bytes = Buffer.alloc(named.length + 8);
	bytes.writeUInt32BE(data.length, 0);
	named.copy(bytes, 4);
	bytes.writeUInt32BE(crc32(named), named.length + 4);
	return bytes;
}
