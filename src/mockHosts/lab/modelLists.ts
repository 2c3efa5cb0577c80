/** The faults as lists of models, in the shape of each vendor's list. */
import { parseBody } from "../wires/parseBody.js";
import { exampleOf, type FaultName, faultNames, faults, usageOf } from "./faults.js";
import { parseModelName } from "./modelName.js";

type Shape = (fault: FaultName, name: string) => object;

const created = 1_700_000_000;

function describe(fault: FaultName): string {
	return `${usageOf(fault)}: ${faults[fault].does}`;
}

const openai: Shape = (fault, name) => ({
	id: name,
	object: "model",
	created,
	owned_by: "llmw-lab",
	description: describe(fault),
});

const anthropic: Shape = (fault, name) => ({
	type: "model",
	id: name,
	display_name: describe(fault),
	created_at: new Date(created * 1000).toISOString(),
});

const google: Shape = (fault, name) => ({
	name: `models/${name}`,
	displayName: usageOf(fault),
	description: describe(fault),
	inputTokenLimit: 1_000_000,
	outputTokenLimit: 100_000,
	supportedGenerationMethods: ["generateContent", "countTokens", "embedContent"],
});

const ollama: Shape = (_fault, name) => ({ name, model: name, size: 0, details: { family: "lab" } });

const bedrock: Shape = (fault, name) => ({
	modelId: name,
	modelName: describe(fault),
	providerName: "lab",
	inputModalities: ["TEXT"],
	outputModalities: ["TEXT"],
	responseStreamingSupported: true,
});

const all = (shape: Shape) => faultNames.map((fault) => shape(fault, exampleOf(fault)));

/** @param isAnthropic the client speaks Anthropic's API. @returns undefined where there is no list, nor a model */
export function modelsAt(path: string, isAnthropic: boolean): object | undefined {
	if (path === "/api/tags") return { models: all(ollama) };
	if (path === "/foundation-models") return { modelSummaries: all(bedrock) };
	if (path === "/inference-profiles") return { inferenceProfileSummaries: [] };
	if (path === "/v1beta/models") return { models: all(google) };
	const [, place, encoded] = /^(.*)\/models(?:\/([^/]+))?$/.exec(path) ?? [];
	if (place === undefined) return undefined;
	const shape = place.endsWith("/v1beta") ? google : isAnthropic ? anthropic : openai;
	if (encoded === undefined) return listOf(shape);
	const { name, fault } = parseModelName(decodeURIComponent(encoded));
	return shape(fault, name);
}

function listOf(shape: Shape): object {
	const data = all(shape);
	if (shape === openai) return { object: "list", data };
	return { data, has_more: false, first_id: exampleOf(faultNames[0] as FaultName), last_id: null };
}

/** `POST /api/show`. @throws Error for no model of the lab */
export function ollamaModelAt(path: string, text: string): object | undefined {
	if (path !== "/api/show") return undefined;
	const { model, name } = parseBody(text);
	const { fault } = parseModelName(String(model ?? name));
	return {
		modelfile: "",
		template: "",
		details: { family: "lab" },
		model_info: { "general.architecture": "lab", "general.basename": describe(fault), "lab.context_length": 1_000_000 },
		capabilities: ["completion", "tools", "vision", "thinking"],
	};
}
