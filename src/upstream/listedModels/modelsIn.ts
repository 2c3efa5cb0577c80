/** The models in an upstream's list, in whichever vendor's shape it comes. */
import { isObject } from "../../json/isObject.js";

/** As OpenAI describes one, with what else its upstream says of it. */
export interface ListedModel {
	id: string;
	object?: string;
	created?: number;
	owned_by?: string;
	display_name?: string;
	/** Google's own words for it, which only Google's clients are shown. */
	[googleEntry]?: Readonly<Record<string, unknown>>;
	[member: string]: unknown;
}

export const googleEntry = Symbol("googleEntry");

/** @returns undefined for what is no list of models */
export function modelsIn(answer: unknown): ListedModel[] | undefined {
	if (!isObject(answer)) return undefined;
	const { data, models } = answer;
	if (Array.isArray(data))
		return data.filter(isNamed).map((entry) => (isAnthropics(entry) ? fromAnthropic(entry) : entry));
	if (!Array.isArray(models)) return undefined;
	const entries = models.filter((entry): entry is Entry => isObject(entry) && typeof entry.name === "string");
	return entries.map((entry) => (Array.isArray(entry.endpoints) ? fromCohere(entry) : fromGoogle(entry)));
}

type Entry = Record<string, unknown> & { name: string };

function isNamed(entry: unknown): entry is ListedModel {
	return isObject(entry) && typeof entry.id === "string";
}

function isAnthropics({ type, object, created_at: created }: ListedModel): boolean {
	return type === "model" && object === undefined && typeof created === "string";
}

function fromAnthropic({ id, display_name: name, created_at: created }: ListedModel): ListedModel {
	const seconds = Math.floor(Date.parse(String(created)) / 1000);
	return {
		id,
		object: "model",
		created: Number.isNaN(seconds) ? 0 : seconds,
		owned_by: "anthropic",
		...(typeof name === "string" ? { display_name: name } : {}),
	};
}

function fromCohere({ name, context_length: length }: Entry): ListedModel {
	const context = typeof length === "number" ? { context_length: length } : {};
	return { id: name, object: "model", created: 0, owned_by: "cohere", ...context };
}

function fromGoogle(entry: Entry): ListedModel {
	const { name, displayName, inputTokenLimit: limit } = entry;
	return {
		id: name.startsWith("models/") ? name.slice("models/".length) : name,
		object: "model",
		created: 0,
		owned_by: "google",
		...(typeof displayName === "string" ? { display_name: displayName } : {}),
		...(typeof limit === "number" ? { context_length: limit } : {}),
		[googleEntry]: entry,
	};
}
