/** Paths of Google's API, in which the model stands: `/models/{model}:action`, `/tunedModels/{model}:action`. */
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import { withMembersOf } from "../../json/outline.js";
import type { Json, PathFacts, PathFormat } from "../dialect.js";
import { modelSegment } from "../pathSegment.js";

/** Names that say which kind of thing they name. */
const qualified = /^(models|tunedModels|publishers|projects|endpoints)\//;

/** The parts of some bodies that repeat the model: those of a batch, and the request whose tokens are to be counted. */
const naming = ["requests", "generateContentRequest", "generate_content_request"] as const;

/** @param action what follows the model's name, with its query */
export function pathFormat(action: (facts: PathFacts) => string): PathFormat {
	return {
		withFacts,
		withoutFacts: ({ model: _model, stream: _stream, ...json }) => json,
		renamed: renamedPath,
		nameInBody,
		renamedParts,
		of: (facts) => actionPath(facts.model, action(facts)),
	};
}

/** The model as routes, keys and logs know it. */
export function modelNamed(name: string): string {
	return name.startsWith("models/") ? name.slice("models/".length) : name;
}

/** The path of a model below the base URL. */
function actionPath(model: string, action: string): string {
	return `/${nameInBody(model).split("/").map(modelSegment).join("/")}:${action}`;
}

export function nameInBody(model: string): string {
	return qualified.test(model) ? model : `models/${model}`;
}

function withFacts(json: Json, { model: given, isStream }: PathFacts): Json {
	const model = modelNamed(given);
	checkName(json.model, model, "model");
	for (const part of naming)
		for (const one of [json[part]].flat()) if (isObject(one)) checkName(one.model, model, `${part}.model`);
	return withMembersOf(json, { model, ...(isStream ? { stream: true } : {}) });
}

/** Only the path's model has been held against the key's rights. */
function checkName(named: unknown, model: string, param: string): void {
	if (named === undefined || named === null || named === "") return;
	if (typeof named === "string" && modelNamed(named) === model) return;
	const message = `${param} must be the model of the path, or be left out`;
	throw new GatewayError(400, message, { code: "model_mismatch", param });
}

/** As the client has written it where it names that model already. */
function renamedPath(path: string, model: string): string {
	const at = path.lastIndexOf(":");
	const name = decodeURIComponent(path.slice(1, at));
	return modelNamed(name) === modelNamed(model) ? path : actionPath(model, path.slice(at + 1));
}

function renamedParts(json: Json, model: string): Json | undefined {
	const name = nameInBody(model);
	const rename = (one: unknown) => (isObject(one) && one.model !== undefined ? { ...one, model: name } : one);
	const parts = naming
		.filter((part) => [json[part]].flat().some((one) => isObject(one) && one.model !== undefined))
		.map((part) => [part, Array.isArray(json[part]) ? json[part].map(rename) : rename(json[part])]);
	return parts.length === 0 ? undefined : { ...json, ...Object.fromEntries(parts) };
}
