/** Masks: OpenAI's are PNGs whose transparent parts are to be changed; others' are black and white. */
import { inflateSync } from "node:zlib";
import type { Picture } from "../../chat/images.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { pngOf, pngSignature } from "./png.js";

/** No model takes more than 4.2 million pixels, of four bytes each. */
const mostBytes = 17 * 1024 * 1024;
/** By PNG's kinds of colour that have transparency: bytes of a pixel, the last of which it is. */
const pixelBytes: ReadonlyMap<number, number> = new Map([
	[4, 2],
	[6, 4],
]);

interface Header {
	readonly width: number;
	readonly height: number;
	/** Bytes of a pixel. */
	readonly pixel: number;
}

/**
 * @param mask a PNG with transparency, eight bits for each channel
 * @param changed the colour of what is to be changed
 * @returns a PNG in black and white, as base64
 * @throws GatewayError 400 for what is no such picture
 */
export function plainMask({ data }: Picture, changed: "black" | "white"): string {
	try {
		return written(read(Buffer.from(data, "base64"), changed));
	} catch (cause) {
		const message = "mask must be a PNG with transparency, of eight bits a channel and without interlacing";
		throw new GatewayError(400, message, { code: "invalid_mask", param: "mask", cause });
	}
}

interface Mask {
	readonly width: number;
	/** A byte for each pixel, line by line. */
	readonly shades: Buffer;
}

function read(png: Buffer, changed: "black" | "white"): Mask {
	if (!png.subarray(0, pngSignature.length).equals(pngSignature)) throw new Error("no PNG");
	const chunks = [...chunksOf(png)];
	const header = headerOf(chunks.find(({ type }) => type === "IHDR")?.data ?? Buffer.alloc(0));
	const compressed = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
	const lines = inflateSync(Buffer.concat(compressed), { maxOutputLength: mostBytes });
	return { width: header.width, shades: shadesOf(lines, header, changed === "black" ? 0 : 255) };
}

function* chunksOf(png: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
	for (let at = pngSignature.length; at < png.length; ) {
		const length = png.readUInt32BE(at);
		yield { type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
		at += length + 12;
	}
}

function headerOf(data: Buffer): Header {
	const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
	const [depth, colour, , , interlacing] = data.subarray(8);
	const pixel = pixelBytes.get(colour ?? 0);
	if (width === 0 || height === 0 || depth !== 8 || pixel === undefined || interlacing !== 0)
		throw new Error("another kind of PNG");
	return { width, height, pixel };
}

/** Gives each pixel that can't be seen the one shade, and all others the other. */
function shadesOf(lines: Buffer, { width, height, pixel }: Header, hidden: 0 | 255): Buffer {
	const lineBytes = width * pixel;
	if (lines.length !== height * (lineBytes + 1)) throw new Error("cut short");
	const shades = Buffer.alloc(width * height);
	let above: Buffer = Buffer.alloc(lineBytes);
	for (let y = 0; y < height; y += 1) {
		const start = y * (lineBytes + 1);
		const line = lines.subarray(start + 1, start + 1 + lineBytes);
		unfilter(line, above, lines[start] as number, pixel);
		for (let x = 0; x < width; x += 1)
			shades[y * width + x] = (line[(x + 1) * pixel - 1] as number) < 128 ? hidden : 255 - hidden;
		above = line;
	}
	return shades;
}

/** Undoes a line's filter (PNG §9.2) for each pixel's transparency alone: no channel is filtered by another. */
function unfilter(line: Buffer, above: Buffer, filter: number, pixel: number): void {
	for (let at = pixel - 1; at < line.length; at += pixel) {
		const left = at < pixel ? 0 : (line[at - pixel] as number);
		const up = above[at] as number;
		const corner = at < pixel ? 0 : (above[at - pixel] as number);
		line[at] = ((line[at] as number) + predicted(filter, left, up, corner)) & 255;
	}
}

function predicted(filter: number, left: number, up: number, corner: number): number {
	switch (filter) {
		case 0:
			return 0;
		case 1:
			return left;
		case 2:
			return up;
		case 3:
			return (left + up) >> 1;
		case 4:
			return nearest(left, up, corner);
		default:
			throw new Error("unknown filter");
	}
}

/** Paeth's choice: the first of those that are nearest to what they come to. Called for each pixel, so it makes no objects. */
function nearest(left: number, up: number, corner: number): number {
	const toLeft = Math.abs(up - corner);
	const toUp = Math.abs(left - corner);
	const toCorner = Math.abs(left + up - 2 * corner);
	if (toLeft <= toUp && toLeft <= toCorner) return left;
	return toUp <= toCorner ? up : corner;
}

function written({ width, shades }: Mask): string {
	const height = shades.length / width;
	const lines = Buffer.alloc(height * (width + 1));
	for (let y = 0; y < height; y += 1) shades.copy(lines, y * (width + 1) + 1, y * width, (y + 1) * width);
	return pngOf({ width, height, colour: "grey", lines });
}
