/** What a model takes and can do, in the words of vendors and servers. */
import { type Json, memberAt, objectsAt, switchAt, wordsAt } from "./members.js";
import type { ModelFacts } from "./modelFacts.js";

type Ability = "images" | "audio" | "video" | "files" | "tools" | "jsonSchema" | "reasoning";
type Abilities = { [Name in Ability]?: boolean | undefined };

const switches: Readonly<Record<Ability, readonly string[]>> = {
	images: [
		// Mistral, LM Studio, this gateway
		"capabilities.vision",
		// Anthropic
		"capabilities.image_input.supported",
		// Fireworks, Moonshot
		"supports_image_input",
		"supports_image_in",
		"capabilities.supports.vision",
		// llama.cpp's /props
		"modalities.vision",
		"has_image_understanding",
	],
	audio: ["capabilities.audio", "modalities.audio", "has_audio_understanding"],
	video: ["supports_video_in", "supports_video_input", "capabilities.video", "modalities.video"],
	files: ["capabilities.pdf_input.supported", "capabilities.pdf"],
	tools: [
		"capabilities.function_calling",
		"capabilities.tools",
		"supports_tools",
		"capabilities.supports.tool_calls",
		"chat_template_caps.supports_tools",
	],
	jsonSchema: [
		"capabilities.structured_outputs.supported",
		"capabilities.structured_outputs",
		"capabilities.json_schema",
		"capabilities.supports.structured_outputs",
	],
	reasoning: [
		"capabilities.thinking.supported",
		"capabilities.reasoning",
		"supports_reasoning",
		// Google
		"thinking",
	],
};

const modalityPaths = ["input_modalities", "architecture.input_modalities", "inputModalities", "modalities.input"];

/** Lists that name everything a model has, so that what is missing is lacking. */
const wholeLists: readonly { readonly path: string; readonly words: Readonly<Partial<Record<Ability, string>>> }[] = [
	// OpenRouter
	{ path: "supported_parameters", words: { tools: "tools", jsonSchema: "structured_outputs", reasoning: "reasoning" } },
	// Cohere
	{
		path: "features",
		words: { images: "vision", tools: "tools", jsonSchema: "json_schema", reasoning: "reasoning" },
	},
];

/** Words of lists that may leave something out. */
const wordsFor: Readonly<Record<Ability, readonly string[]>> = {
	images: ["vision", "image"],
	audio: ["audio"],
	video: ["video"],
	files: ["file_input", "pdf"],
	tools: ["tool_use", "tools", "function_calling", "tool_call"],
	jsonSchema: ["structured_outputs", "structured_output", "json_schema"],
	reasoning: ["reasoning", "thinking"],
};
const looseLists = ["capabilities", "supported_features", "features", "tags", "metadata.tags"];

const names = Object.keys(switches) as Ability[];

/** What is said most directly counts first. */
export function abilitiesIn(json: Json): ModelFacts {
	const all = [said(json), modalities(json), wholeListsIn(json), ofOllama(json), ofItsKind(json), loose(json)];
	const abilities: Abilities = {};
	for (const name of names) abilities[name] = all.find((one) => one[name] !== undefined)?.[name];
	return { ...abilities, efforts: effortsIn(json) };
}

function said(json: Json): Abilities {
	const abilities: Abilities = {};
	for (const name of names) abilities[name] = switchAt(json, switches[name]);
	// LM Studio offers tools to models that were not trained for them, too.
	if (memberAt(json, "capabilities.trained_for_tool_use") === true) abilities.tools ??= true;
	return abilities;
}

function modalities(json: Json): Abilities {
	const words = wordsAt(json, modalityPaths) ?? oldForm(json);
	if (words === undefined) return {};
	return {
		images: words.has("image"),
		audio: words.has("audio") || words.has("speech"),
		video: words.has("video"),
		files: words.has("file") || words.has("pdf") || words.has("document"),
	};
}

/** `text+image->text` */
function oldForm(json: Json): ReadonlySet<string> | undefined {
	const form = memberAt(json, "architecture.modality");
	return typeof form === "string" && form.includes("->") ? new Set(form.split("->")[0]?.split("+")) : undefined;
}

function wholeListsIn(json: Json): Abilities {
	const abilities: Abilities = {};
	for (const { path, words } of wholeLists) {
		const listed = wordsAt(json, [path]);
		// Others name their features alike, and leave some out.
		if (listed === undefined || (path === "features" && json.endpoints === undefined)) continue;
		for (const [name, word] of Object.entries(words)) abilities[name as Ability] ??= listed.has(word);
	}
	const providers = objectsAt(json, "providers");
	if (providers.length > 0) {
		abilities.tools ??= anyOf(providers, "supports_tools");
		abilities.jsonSchema ??= anyOf(providers, "supports_structured_output");
	}
	return abilities;
}

function anyOf(providers: readonly Json[], name: string): boolean | undefined {
	const known = providers.map((one) => one[name]).filter((value) => typeof value === "boolean");
	return known.length === 0 ? undefined : known.includes(true);
}

/** Its /api/show lists all that a model can do, `completion` among it. */
function ofOllama(json: Json): Abilities {
	const listed = json.model_info === undefined ? undefined : wordsAt(json, ["capabilities"]);
	if (listed === undefined) return {};
	return {
		images: listed.has("vision"),
		audio: listed.has("audio"),
		tools: listed.has("tools"),
		reasoning: listed.has("thinking"),
	};
}

/** LM Studio's kinds of models: `vlm` takes pictures, `llm` does not. */
function ofItsKind({ type, compatibility_type: format }: Json): Abilities {
	if (type === "vlm") return { images: true };
	return type === "llm" && format !== undefined ? { images: false } : {};
}

function loose(json: Json): Abilities {
	const abilities: Abilities = {};
	for (const path of looseLists) {
		const listed = wordsAt(json, [path]);
		if (listed === undefined) continue;
		for (const name of names) if (wordsFor[name].some((word) => listed.has(word))) abilities[name] = true;
	}
	return abilities;
}

const effortNames = ["minimal", "low", "medium", "high", "xhigh", "max"];

/** Anthropic's object of efforts, or a list: this gateway's own, OpenRouter's. */
function effortsIn(json: Json): readonly string[] | undefined {
	const listed = wordsAt(json, ["reasoning_efforts", "reasoning.supported_efforts"]);
	const has = (name: string) => listed?.has(name) || memberAt(json, `capabilities.effort.${name}.supported`) === true;
	const efforts = effortNames.filter(has);
	return efforts.length === 0 ? undefined : efforts;
}
