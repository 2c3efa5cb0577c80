/** Models as Ollama's clients know them, with what the catalogue knows: `/api/tags`, `/api/show`, `/api/ps`, and the version of all that. */
import { tagged } from "../admission/latestTag.js";
import type { Json } from "../dialects/dialect.js";
import { canChatByName } from "../upstream/listedModels/chatModels.js";
import { known, type ListedModel } from "../upstream/listedModels/modelsIn.js";

/** The version of Ollama whose API this is. Editors ask whether it is new enough. */
export const ollamaVersion = "0.13.0";

/** A time that nobody knows, as Ollama writes it. */
const noTime = "0001-01-01T00:00:00Z";

/** Ollama's command line shows the beginning of it, and breaks on a shorter one. */
const noDigest = "0".repeat(64);

/** Clients demand these members. What can't be known of a model that others run is empty. */
const details = {
	parent_model: "",
	format: "",
	family: "",
	families: null,
	parameter_size: "",
	quantization_level: "",
};

export function ollamaList(models: readonly ListedModel[]): object {
	return { models: models.map(ollamaEntry) };
}

function ollamaEntry(model: ListedModel): Json {
	const name = tagged(model.id);
	return { name, model: name, modified_at: modifiedAt(model), size: 0, digest: noDigest, details };
}

/** Before the name of a member of `model_info` stands the architecture, which vendors don't tell. */
const architecture = "unknown";

export function ollamaDetail(model: ListedModel): Json {
	const { id, display_name: name, [known]: facts = {} } = model;
	const context = facts.contextWindow ?? facts.maxInputTokens;
	return {
		modelfile: "",
		parameters: "",
		template: "",
		details,
		model_info: {
			"general.architecture": architecture,
			"general.basename": name ?? facts.displayName ?? id,
			...(context === undefined ? {} : { [`${architecture}.context_length`]: context }),
		},
		capabilities: capabilitiesOf(model),
		modified_at: modifiedAt(model),
	};
}

/** Editors offer no tools to a model that isn't said to take them, so that these are missing only where it is known to take none. */
function capabilitiesOf({ id, [known]: facts = {} }: ListedModel): string[] {
	if (!canChatByName(id)) return ["embedding"];
	return [
		"completion",
		...(facts.tools === false ? [] : ["tools"]),
		...(facts.images ? ["vision"] : []),
		...(facts.reasoning ? ["thinking"] : []),
	];
}

function modifiedAt({ created = 0 }: ListedModel): string {
	return created > 0 ? new Date(created * 1000).toISOString() : noTime;
}
