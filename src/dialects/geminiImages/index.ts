/** Gemini's models that make pictures: `generateContent` with pictures alone as its answer, for upstreams. */
import { type ImageRequest, type Picture, resolutionOf } from "../../chat/images.js";
import { isObject } from "../../json/isObject.js";
import type { Dialect, Json, OutboundImages } from "../dialect.js";
import { geminiErrors } from "../gemini/errors.js";
import { objectMember, objectsMember, textMember } from "../gemini/members.js";
import { pathFormat } from "../gemini/path.js";
import { imageErrors, noteLost, ratioFor, refuseMask, refuseMore, wordsOf } from "../imageRequests.js";
import { withoutUndefined } from "../openai/members.js";

const ratios = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"];
/** More of what a model says in place of a picture is no reason. */
const mostCharacters = 500;

const images: OutboundImages = {
	writeRequest(request, dropped) {
		refuseMore(request, 1);
		refuseMask(request);
		noteLost(request, ["quality", "outputFormat", "outputCompression", "user", "negativePrompt"], dropped);
		const { pictures, seed } = request;
		const text = wordsOf(request);
		const shown = pictures.map(({ mediaType, data }) => ({ inlineData: { mimeType: mediaType, data } }));
		return {
			contents: [{ role: "user", parts: [...shown, { text }] }],
			generationConfig: withoutUndefined({
				responseModalities: ["IMAGE"],
				imageConfig: imageConfig(request, dropped),
				seed,
			}),
		};
	},
	readResponse: (body) => ({
		pictures: picturesIn(body),
		model: textMember(body, "modelVersion") || undefined,
		usage: isObject(body.usageMetadata) ? body.usageMetadata : undefined,
	}),
};

/** The first models know but one resolution, so that it is named only where another is wanted. */
function imageConfig(request: ImageRequest, dropped: Set<string>): Json | undefined {
	const { size } = request;
	if (size === undefined) return undefined;
	const resolution = resolutionOf(size);
	return withoutUndefined({
		aspectRatio: ratioFor(request, ratios, dropped),
		imageSize: resolution === "1K" ? undefined : resolution,
	});
}

function picturesIn(body: Json): Picture[] {
	return objectsMember(body, "candidates")
		.flatMap((candidate) => objectsMember(objectMember(candidate, "content"), "parts"))
		.map((part) => objectMember(part, "inlineData"))
		.map((inline) => ({ mediaType: textMember(inline, "mimeType") || "image/png", data: textMember(inline, "data") }))
		.filter(({ data }) => data !== "");
}

/** What was not drawn is an answer by its form: its reason says that it is none. */
function refusalIn(json: Json): string | undefined {
	if (json.error !== undefined || picturesIn(json).length > 0) return undefined;
	const [candidate = {}] = objectsMember(json, "candidates");
	const text = objectsMember(objectMember(candidate, "content"), "parts")
		.map((part) => textMember(part, "text"))
		.join("");
	const said = textMember(candidate, "finishMessage") || text.slice(0, mostCharacters);
	if (said !== "") return said;
	const reason =
		textMember(objectMember(json, "promptFeedback"), "blockReason") || textMember(candidate, "finishReason");
	return reason === "" ? undefined : `The model has made no picture (${reason}).`;
}

/** In which only upstreams are asked. */
export const geminiImages: Dialect = {
	name: "gemini.images",
	operation: "image_generation",
	// The data of a picture is no list: whether there is one shows when the answer is read.
	contentMember: "inlineData",
	usageMember: "usageMetadata",
	modelMember: "modelVersion",
	stream: undefined,
	errors: imageErrors(geminiErrors("candidates"), refusalIn),
	readWhole: undefined,
	translation: undefined,
	images,
	path: pathFormat(() => "generateContent"),
};
