/** The models in an upstream's list, as clients are shown them. */
import { entriesIn, type ListEntry } from "../../catalogue/listEntries.js";
import type { Json } from "../../catalogue/members.js";
import type { ModelFacts } from "../../catalogue/modelFacts.js";
import { readFacts } from "../../catalogue/readFacts.js";
import type { Cost } from "../../settings/routes.js";

/** As OpenAI describes one, with what else its upstream says of it. */
export interface ListedModel {
	id: string;
	object?: string;
	created?: number;
	owned_by?: string;
	display_name?: string;
	/** The vendor's own words for it, which only its own clients are shown. */
	[googleEntry]?: Json;
	[anthropicEntry]?: Json;
	/** What is known of it; by its list alone at first. */
	[known]?: ModelFacts;
	[price]?: Cost | undefined;
	[member: string]: unknown;
}

export const googleEntry = Symbol("googleEntry");
export const anthropicEntry = Symbol("anthropicEntry");
export const known = Symbol("known");
export const price = Symbol("price");

/** @returns undefined for what is no list of models */
export function modelsIn(answer: unknown): ListedModel[] | undefined {
	return entriesIn(answer)?.map((entry) => ({ ...shown(entry), [known]: readFacts(entry.json) }));
}

function shown(entry: ListEntry): ListedModel {
	const { id, json } = entry;
	if (typeof json.id === "string") return isAnthropics(json) ? fromAnthropic(entry) : completed(json, id);
	if (json.modelId !== undefined) return named(id, String(json.providerName ?? "bedrock").toLowerCase());
	if (Array.isArray(json.endpoints)) return { ...named(id, "cohere"), ...contextIn(json, "context_length") };
	return { ...named(id, "google"), ...displayName(json), ...contextIn(json, "inputTokenLimit"), [googleEntry]: json };
}

/** Some lists leave out members that clients of OpenAI's expect in every entry. */
function completed(json: Json, id: string): ListedModel {
	const { created, owned_by: owner, organization } = json;
	return {
		...json,
		id,
		object: "model",
		created: typeof created === "number" ? created : 0,
		owned_by: ([owner, organization].find((name) => typeof name === "string") as string | undefined) ?? "unknown",
	};
}

function named(id: string, owner: string): ListedModel {
	return { id, object: "model", created: 0, owned_by: owner };
}

function contextIn(json: Json, name: string): { context_length?: number } {
	const length = json[name];
	return typeof length === "number" ? { context_length: length } : {};
}

function displayName({ displayName: name }: Json): { display_name?: string } {
	return typeof name === "string" ? { display_name: name } : {};
}

function isAnthropics({ type, object, created_at: created }: Json): boolean {
	return type === "model" && object === undefined && typeof created === "string";
}

function fromAnthropic({ id, json }: ListEntry): ListedModel {
	const seconds = Math.floor(Date.parse(String(json.created_at)) / 1000);
	const { display_name: name } = json;
	return {
		id,
		object: "model",
		created: Number.isNaN(seconds) ? 0 : seconds,
		owned_by: "anthropic",
		...(typeof name === "string" ? { display_name: name } : {}),
		[anthropicEntry]: json,
	};
}
