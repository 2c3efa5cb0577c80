/** Pictures of Amazon's Titan and Nova Canvas, and of Stability AI, as Bedrock has them: `POST /model/{model}/invoke`, for upstreams. */
import type { ImageRequest, Picture } from "../../chat/images.js";
import { bedrockErrors } from "../bedrockConverse/errors.js";
import type { Dialect, Json, OutboundImages } from "../dialect.js";
import {
	imageErrors,
	noteLost,
	onlyPicture,
	ratioFor,
	refuseMask,
	refuseMore,
	refusePictures,
} from "../imageRequests.js";
import { plainMask } from "../masks/mask.js";
import { listIn, textIn } from "../openai/choice.js";
import { withoutUndefined } from "../openai/members.js";

/** Both of Amazon's models make so many pictures of one request, and take so many to be varied. */
const mostPictures = 5;

const amazon: OutboundImages = {
	writeRequest(request, dropped) {
		refuseMore(request, mostPictures);
		refusePictures(request, request.mask === undefined ? mostPictures : 1);
		noteLost(request, ["outputFormat", "outputCompression", "user"], dropped);
		const { mask, count, seed, quality } = request;
		// A picture of which a part is changed keeps its size.
		if (mask !== undefined) noteLost(request, ["size"], dropped);
		const size = mask === undefined ? request.size : undefined;
		return {
			...taskOf(request),
			imageGenerationConfig: withoutUndefined({
				numberOfImages: count,
				width: size?.width,
				height: size?.height,
				quality: quality && (quality === "high" || quality === "hd" ? "premium" : "standard"),
				seed,
			}),
		};
	},
	readResponse: (body) => responseOf(body, "png"),
};

function taskOf(request: ImageRequest): Json {
	const { pictures, mask } = request;
	const [picture] = pictures;
	if (picture === undefined) return textToImage(request);
	return mask === undefined ? variation(request) : inpainting(request, picture, mask);
}

function inpainting({ prompt, negativePrompt }: ImageRequest, picture: Picture, mask: Picture): Json {
	const params = { text: prompt || undefined, negativeText: negativePrompt, image: picture.data };
	return {
		taskType: "INPAINTING",
		inPaintingParams: withoutUndefined({ ...params, maskImage: plainMask(mask, "black") }),
	};
}

function textToImage({ prompt, negativePrompt }: ImageRequest): Json {
	return {
		taskType: "TEXT_IMAGE",
		textToImageParams: withoutUndefined({ text: prompt, negativeText: negativePrompt }),
	};
}

/** What a whole picture is to become, with or without words. */
function variation({ prompt, negativePrompt, pictures }: ImageRequest): Json {
	return {
		taskType: "IMAGE_VARIATION",
		imageVariationParams: withoutUndefined({
			text: prompt || undefined,
			negativeText: negativePrompt,
			images: pictures.map(({ data }) => data),
		}),
	};
}

const stabilityRatios = ["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];
/** How much of a given picture may change, which these models have to be told. */
const strength = 0.7;

const stability: OutboundImages = {
	writeRequest(request, dropped) {
		refuseMore(request, 1);
		refusePictures(request, 1);
		noteLost(request, ["quality", "outputCompression", "user"], dropped);
		const { model = "", prompt, negativePrompt, outputFormat, seed, pictures } = request;
		// A picture keeps its shape.
		if (pictures.length > 0) noteLost(request, ["size"], dropped);
		return withoutUndefined({
			prompt,
			negative_prompt: negativePrompt,
			output_format: outputFormat ?? "png",
			seed,
			...(inpaints.test(model) ? inpaint(request) : imageToImage(request, dropped)),
		});
	},
	readResponse: (body) => responseOf(body, undefined),
};

/** Changes a part of a picture, and makes none of words alone. */
const inpaints = /stable-image-inpaint/;

/** Without a mask, what is transparent of the picture itself is changed. */
function inpaint(request: ImageRequest): Json {
	const { data } = onlyPicture(request);
	return { image: data, mask: request.mask && plainMask(request.mask, "white") };
}

function imageToImage(request: ImageRequest, dropped: Set<string>): Json {
	refuseMask(request);
	const [picture] = request.pictures;
	if (picture === undefined) return { aspect_ratio: ratioFor(request, stabilityRatios, dropped) };
	return { mode: "image-to-image", image: picture.data, strength };
}

/** Base64 says by its first letters what it is. */
const beginnings: readonly (readonly [string, string])[] = [
	["/9j/", "jpeg"],
	["UklGR", "webp"],
];

function responseOf({ images }: Json, format: string | undefined) {
	const pictures = listIn(images)
		.map(textIn)
		.filter((data) => data !== "")
		.map((data) => ({ mediaType: `image/${format ?? formatOf(data)}`, data }));
	return { pictures, model: undefined, usage: undefined };
}

function formatOf(data: string): string {
	return beginnings.find(([beginning]) => data.startsWith(beginning))?.[1] ?? "png";
}

/** Stability says of each picture why there is none, Amazon of all. */
function refusalIn(json: Json): string | undefined {
	if (responseOf(json, undefined).pictures.length > 0) return undefined;
	const reasons = [...listIn(json.finish_reasons), json.error].map(textIn);
	return reasons.find((reason) => reason !== "");
}

const errors = imageErrors(bedrockErrors, refusalIn);

function dialectOf(name: string, images: OutboundImages): Dialect {
	return {
		name,
		operation: "image_generation",
		contentMember: "images",
		stream: undefined,
		errors,
		readWhole: undefined,
		translation: undefined,
		images,
	};
}

/** In which only upstreams are asked. */
export const amazonImages = dialectOf("bedrock.amazon_images", amazon);
export const stabilityImages = dialectOf("bedrock.stability_images", stability);
