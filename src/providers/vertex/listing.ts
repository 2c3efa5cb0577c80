/** Models of Vertex AI's Model Garden, by the names that its upstream takes. */
import type { Json } from "../../dialects/dialect.js";
import { isObject } from "../../json/isObject.js";
import type { ModelListing } from "../provider.js";

/** They are listed beside the project's location. */
const path = "/v1beta1/publishers/*/models?pageSize=1000";

export const vertexListing: ModelListing = {
	urls: ({ url }) => [new URL(url).origin + path],
	read: ([answer]) => ({ object: "list", data: isObject(answer) ? publisherModels(answer) : [] }),
};

/** Models that have to be deployed first. */
const deployment = ["deploy", "deployGke", "multiDeployVertex"];

/** As OpenAI describes them. */
function publisherModels({ publisherModels: listed }: Json): Json[] {
	if (!Array.isArray(listed)) return [];
	return listed.filter(isObject).flatMap((entry) => {
		const [, publisher, name] = /^publishers\/([^/]+)\/models\/([^/]+)$/.exec(String(entry.name)) ?? [];
		if (publisher === undefined || name === undefined || hasToBeDeployed(entry)) return [];
		const { displayName } = entry;
		const shown = typeof displayName === "string" ? { display_name: displayName } : {};
		return [{ id: idOf(publisher, name, entry.versionId), object: "model", created: 0, owned_by: publisher, ...shown }];
	});
}

function hasToBeDeployed({ supportedActions: actions }: Record<string, unknown>): boolean {
	return isObject(actions) && deployment.some((action) => actions[action] !== undefined);
}

/** Bare names are known for these two; Anthropic's versions are dates. */
function idOf(publisher: string, name: string, version: unknown): string {
	if (publisher === "google") return name;
	if (publisher !== "anthropic") return `${publisher}/${name}`;
	return /^\d{8}$/.test(String(version)) && !name.includes("@") ? `${name}@${version}` : name;
}
