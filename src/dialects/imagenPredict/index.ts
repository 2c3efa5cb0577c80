/** Google's Imagen: `POST /models/{model}:predict`, as the Gemini API and Vertex AI have it, for upstreams. */
import { type ImageRequest, resolutionOf } from "../../chat/images.js";
import { isObject } from "../../json/isObject.js";
import type { Dialect, Json, OutboundImages } from "../dialect.js";
import { geminiErrors } from "../gemini/errors.js";
import { pathFormat } from "../gemini/path.js";
import {
	imageErrors,
	noteLost,
	onlyPicture,
	ratioFor,
	refuseMask,
	refuseMore,
	refusePictures,
	wordsOf,
} from "../imageRequests.js";
import { plainMask } from "../masks/mask.js";
import { listIn, textIn } from "../openai/choice.js";
import { withoutUndefined } from "../openai/members.js";

const ratios = ["1:1", "3:4", "4:3", "9:16", "16:9"];
const mostPictures = 4;

const images: OutboundImages = {
	writeRequest(request, dropped) {
		refuseMore(request, mostPictures);
		noteLost(request, ["quality", "user", "negativePrompt", "seed"], dropped);
		if (changesPictures.test(request.model ?? "")) return edit(request, dropped);
		refusePictures(request, 0);
		refuseMask(request);
		const { prompt, count, size } = request;
		const isLarge = size !== undefined && resolutionOf(size) !== "1K";
		const parameters = withoutUndefined({
			sampleCount: count,
			aspectRatio: ratioFor(request, ratios, dropped),
			sampleImageSize: isLarge ? "2K" : undefined,
			outputOptions: outputOptions(request, dropped),
		});
		return { instances: [{ prompt }], parameters };
	},
	readResponse: ({ predictions }) => ({
		pictures: listIn(predictions)
			.filter(isObject)
			.map(({ mimeType, bytesBase64Encoded }) => ({
				mediaType: textIn(mimeType) || "image/png",
				data: textIn(bytesBase64Encoded),
			}))
			.filter(({ data }) => data !== ""),
		model: undefined,
		usage: undefined,
	}),
};

/** Changes pictures, and makes none of words alone. */
const changesPictures = /capability/;

/** A picture keeps its shape. What is white in a mask is changed. */
function edit(request: ImageRequest, dropped: Set<string>): Json {
	refusePictures(request, 1);
	noteLost(request, ["size"], dropped);
	const { mask, count } = request;
	const raw = reference("RAW", 1, onlyPicture(request).data);
	const referenceImages =
		mask === undefined
			? [raw]
			: [
					raw,
					{
						...reference("MASK", 2, plainMask(mask, "white")),
						maskImageConfig: { maskMode: "MASK_MODE_USER_PROVIDED" },
					},
				];
	const parameters = withoutUndefined({
		sampleCount: count,
		editMode: mask === undefined ? "EDIT_MODE_DEFAULT" : "EDIT_MODE_INPAINT_INSERTION",
		outputOptions: outputOptions(request, dropped),
	});
	return { instances: [{ prompt: wordsOf(request), referenceImages }], parameters };
}

function reference(kind: "RAW" | "MASK", referenceId: number, bytesBase64Encoded: string): Json {
	return { referenceType: `REFERENCE_TYPE_${kind}`, referenceId, referenceImage: { bytesBase64Encoded } };
}

function outputOptions({ outputFormat, outputCompression }: ImageRequest, dropped: Set<string>): Json | undefined {
	if (outputFormat === "webp") dropped.add("outputFormat");
	if (outputFormat !== "jpeg" && outputCompression !== undefined) dropped.add("outputCompression");
	if (outputFormat !== "jpeg" && outputFormat !== "png") return undefined;
	const compressionQuality = outputFormat === "jpeg" ? outputCompression : undefined;
	return withoutUndefined({ mimeType: `image/${outputFormat}`, compressionQuality });
}

/** Pictures that were filtered are missing, with or without a reason. */
function refusalIn(json: Json): string | undefined {
	if (json.error !== undefined || images.readResponse(json).pictures.length > 0) return undefined;
	const reasons = listIn(json.predictions)
		.filter(isObject)
		.map((one) => textIn(one.raiFilteredReason));
	return reasons.find((reason) => reason !== "") ?? "All pictures were filtered.";
}

/** In which only upstreams are asked. */
export const imagenPredict: Dialect = {
	name: "google.imagen",
	operation: "image_generation",
	// The data of a picture is no list: whether there is one shows when the answer is read.
	contentMember: "bytesBase64Encoded",
	stream: undefined,
	errors: imageErrors(geminiErrors("predictions"), refusalIn),
	readWhole: undefined,
	translation: undefined,
	images,
	path: pathFormat(() => "predict"),
};
