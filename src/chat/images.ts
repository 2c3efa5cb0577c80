/** Requests for pictures, and their answers, whichever dialect they come in. */

/** In pixels. */
export interface PictureSize {
	readonly width: number;
	readonly height: number;
}

export interface Picture {
	/** Such as `image/png`. */
	readonly mediaType: string;
	/** As base64. */
	readonly data: string;
}

export interface ImageRequest {
	readonly model: string | undefined;
	/** Empty where a picture is only to be varied. */
	readonly prompt: string;
	/** What the picture is not to show. */
	readonly negativePrompt: string | undefined;
	/** How many pictures are wanted. */
	readonly count: number;
	/** Undefined where the model may choose. */
	readonly size: PictureSize | undefined;
	/** In OpenAI's words: `low`, `medium`, `high`, `hd`, … */
	readonly quality: string | undefined;
	/** `png`, `jpeg` or `webp`. */
	readonly outputFormat: string | undefined;
	/** Quality of a JPEG or a WebP, in percent. */
	readonly outputCompression: number | undefined;
	readonly seed: number | undefined;
	readonly user: string | undefined;
	/** Those to be changed, or varied. */
	readonly pictures: readonly Picture[];
	/** Whose transparent parts say what is to be changed. */
	readonly mask: Picture | undefined;
	/** The client wants addresses of its pictures rather than base64. */
	readonly wantsUrl: boolean;
}

export interface ImageResponse {
	readonly pictures: readonly Picture[];
	readonly model: string | undefined;
	/** Token counts as the upstream has written them; undefined if it has counted none. */
	readonly usage: Readonly<Record<string, unknown>> | undefined;
}

/** Shapes that differ less than this are the same: 1792x1024 is what others call 16:9. */
const sameShape = 1.02;

/**
 * Finds the shape nearest to a size.
 *
 * @param ratios such as `16:9`, at least one
 * @returns `isSame` is false where the picture will have another shape than was asked for
 */
export function nearestRatio(
	{ width, height }: PictureSize,
	ratios: readonly string[],
): { readonly ratio: string; readonly isSame: boolean } {
	const wanted = width / height;
	const [nearest] = ratios
		.map((ratio) => ({ ratio, factor: factorBetween(wanted, quotientOf(ratio)) }))
		.sort((one, other) => one.factor - other.factor) as [{ ratio: string; factor: number }];
	return { ratio: nearest.ratio, isSame: nearest.factor < sameShape };
}

function quotientOf(ratio: string): number {
	const [width, height] = ratio.split(":").map(Number) as [number, number];
	return width / height;
}

function factorBetween(one: number, other: number): number {
	return Math.max(one / other, other / one);
}

/** A longer side than this asks for more than a thousand pixels or so, which vendors call `1K`. */
const longestOf1K = 1_792;
const longestOf2K = 2_560;

/** @returns `1K`, `2K` or `4K`, in which some vendors have the size of a picture of any shape */
export function resolutionOf({ width, height }: PictureSize): "1K" | "2K" | "4K" {
	const longest = Math.max(width, height);
	if (longest <= longestOf1K) return "1K";
	return longest <= longestOf2K ? "2K" : "4K";
}
