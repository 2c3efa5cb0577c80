/** Bedrock's lists of models, which another host of AWS has: foundation models, and the inference profiles that stand for some. */
import type { Json } from "../../dialects/dialect.js";
import { listIn, textIn } from "../../dialects/openai/choice.js";
import { isObject } from "../../json/isObject.js";
import type { ModelListing } from "../provider.js";

/** In the order of their URLs. */
export const bedrockListing: ModelListing = {
	urls({ url }) {
		const { origin, pathname } = new URL(url);
		// `bedrock-runtime.us-east-1.amazonaws.com`, `bedrock-runtime-fips.…`; a proxy has both under one name.
		const host = origin.replace(/\/\/bedrock-runtime/, "//bedrock");
		const base = host + pathname.replace(/\/(?:anthropic(?:\/v1)?)?$/, "");
		return [`${base}/foundation-models`, `${base}/inference-profiles?maxResults=1000`];
	},
	read: ([models, profiles]) => {
		const bases = listOf(models, "modelSummaries");
		return { object: "list", data: [...bases.filter(isOnDemand).map(fromModel), ...profilesIn(profiles, bases)] };
	},
};

function listOf(answer: unknown, name: string): Json[] {
	return isObject(answer) ? listIn(answer[name]).filter(isObject) : [];
}

/** Others are only reached by an inference profile, or by capacity that was bought. */
function isOnDemand({ inferenceTypesSupported: types }: Json): boolean {
	return !Array.isArray(types) || types.includes("ON_DEMAND");
}

function fromModel({ modelId, modelName, providerName, outputModalities }: Json): Json {
	const outputs = listIn(outputModalities).map((word) => textIn(word).toLowerCase());
	return {
		id: modelId,
		object: "model",
		created: 0,
		owned_by: textIn(providerName).toLowerCase() || "aws",
		display_name: modelName,
		...(outputs.length === 0 ? {} : { architecture: { output_modalities: outputs } }),
	};
}

/** Those that AWS has made by their ids, and one's own by their ARN, by which alone they can be asked. */
function profilesIn(answer: unknown, models: readonly Json[]): Json[] {
	const known = new Map(models.map((model) => [model.modelId, model]));
	return listOf(answer, "inferenceProfileSummaries")
		.filter(({ status }) => status === undefined || status === "ACTIVE")
		.map((profile) => {
			const { inferenceProfileId: id, inferenceProfileArn: arn, inferenceProfileName: name, type } = profile;
			const [first] = listOf(profile, "models");
			const model = known.get(textIn(first?.modelArn).replace(/^.*\//, "")) ?? {};
			return { ...fromModel(model), id: type === "APPLICATION" ? arn : id, display_name: name };
		});
}
