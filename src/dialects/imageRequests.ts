/** What dialects share in which upstreams are asked for pictures: what can't be asked, what gets lost, and answers that are none. */
import { type ImageRequest, nearestRatio, type Picture } from "../chat/images.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { ErrorFormat, Json } from "./dialect.js";

type Optional = "negativePrompt" | "quality" | "outputFormat" | "outputCompression" | "seed" | "user" | "size";

/** What the model's API has no member for goes to `dropped`. */
export function noteLost(request: ImageRequest, names: readonly Optional[], dropped: Set<string>): void {
	for (const name of names) if (request[name] !== undefined) dropped.add(name);
}

/** @throws GatewayError 400 for more pictures than one request can ask for */
export function refuseMore({ count }: ImageRequest, most: number): void {
	if (count <= most) return;
	const made = most === 1 ? "one picture" : `${most} pictures`;
	throw unsupported(`This model makes ${made} of each request, and 'n' is ${count}: send several requests.`, "n");
}

/** @throws GatewayError 400 for more pictures than the model takes */
export function refusePictures({ pictures }: ImageRequest, most: number): void {
	if (pictures.length <= most) return;
	const taken = most === 0 ? "no pictures: it makes them of words alone" : `${most} at most`;
	throw unsupported(`This model takes ${taken}.`, "image");
}

/** @throws GatewayError 400 for none, where the model can do nothing but change one */
export function onlyPicture({ pictures: [picture] }: ImageRequest): Picture {
	if (picture === undefined) throw unsupported("This model makes no pictures of words alone: it changes one.", "image");
	return picture;
}

/** What the model is told of a picture that is only to be varied, where it goes by words. */
export function wordsOf({ prompt }: ImageRequest): string {
	return prompt || "Make a variation of this picture.";
}

/** @throws GatewayError 400 for a mask */
export function refuseMask({ mask }: ImageRequest): void {
	if (mask !== undefined)
		throw unsupported("This model takes no mask: say in the prompt which part is to be changed.", "mask");
}

/** The shape of the size that was asked for; one that the model has not in the same shape counts as lost. */
export function ratioFor({ size }: ImageRequest, ratios: readonly string[], dropped: Set<string>): string | undefined {
	if (size === undefined) return undefined;
	const { ratio, isSame } = nearestRatio(size, ratios);
	if (!isSame) dropped.add("size");
	return ratio;
}

function unsupported(message: string, param: string): GatewayError {
	return new GatewayError(400, message, { code: "unsupported_by_upstream", param });
}

/**
 * Errors of a dialect in which an answer without any picture is a refusal of what was asked for.
 *
 * @param refusalIn says why there is none; undefined for an answer with pictures, and for what is no such answer
 */
export function imageErrors(usual: ErrorFormat, refusalIn: (json: Json) => string | undefined): ErrorFormat {
	return {
		...usual,
		// No client reads it but in OpenAI's words.
		body: (error) => ({ ...error.envelope() }),
		read(json, place) {
			const message = place === "answer" ? refusalIn(json) : undefined;
			if (message === undefined) return usual.read(json, place);
			return { status: 400, isWellFormed: false, message, code: "content_filter" };
		},
	};
}
