/**
 * Ollama's tag `latest`, which a name without a tag stands for: its lists have it, and some of its clients add it to what they ask for. Routes and
 * other vendors know the name alone.
 */
import type { JsonBody } from "../contract/defaults.js";
import { ollamaModels } from "../dialects/ollama/index.js";
import { withModel } from "../upstream/modelMember.js";
import type { Upstreams } from "../upstream/upstreams.js";
import { targetsOf } from "./tokenNeed.js";

const tag = ":latest";

export function tagged(name: string): string {
	return name.includes(":") ? name : name + tag;
}

/** The name as its route knows it: the same where a route lists it, or an Ollama may have it. */
export function untagged(name: string, upstreams: Pick<Upstreams, "routes" | "of">): string {
	if (!name.endsWith(tag)) return name;
	const plain = name.slice(0, -tag.length);
	const { routes } = upstreams;
	if (plain === "" || routes.find(name)?.models.includes(name)) return name;
	const route = routes.find(plain);
	if (route === undefined || route.models.includes(plain)) return route === undefined ? name : plain;
	const isOllamas = targetsOf(route).some((target) => upstreams.of(target).provider.dialects.includes(ollamaModels));
	return isOllamas ? name : plain;
}

/** @returns the same body, unless its model has a tag that its route doesn't know */
export function withoutTag(body: JsonBody, upstreams: Pick<Upstreams, "routes" | "of">): JsonBody {
	const { json, outline } = body;
	const { model } = json;
	const plain = typeof model === "string" ? untagged(model, upstreams) : model;
	if (plain === model || typeof plain !== "string") return body;
	const { bytes: _bytes, rest: _rest, ...others } = body;
	return {
		...others,
		...withModel(body, plain),
		json: { ...json, model: plain },
		outline: outline && { ...outline, model: plain },
	};
}
