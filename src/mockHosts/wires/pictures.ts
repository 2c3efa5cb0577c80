/** Pictures of pretending hosts: a small square whose colour depends on the text. */
import { createHash } from "node:crypto";
import { pngOf } from "../../dialects/masks/png.js";

const side = 32;

/** @returns a PNG as base64 */
export function pictureOf(text: string): string {
	const colour = createHash("sha256").update(text).digest().subarray(0, 3);
	// Each line begins with the number of its filter, which is none.
	const line = Buffer.concat([Buffer.of(0), ...Array<Buffer>(side).fill(colour)]);
	return pngOf({ width: side, height: side, colour: "rgb", lines: Buffer.concat(Array<Buffer>(side).fill(line)) });
}
