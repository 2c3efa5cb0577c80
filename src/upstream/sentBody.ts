/** The body that an upstream is sent: the client's bytes with as little changed as can be, or a translation. */
import { type JsonBody, withLateDefaults } from "../contract/defaults.js";
import { sealMark } from "../dialects/sealedReasoning.js";
import type { BodyBytes } from "../json/bodyBytes.js";
import type { Target } from "../settings/routes.js";
import type { Lane } from "./lane.js";
import { withModel } from "./modelMember.js";

/**
 * The client's bytes with the target's model in them, and the defaults that only some targets take; in the translation
 * lane, the request as the upstream's dialect writes it.
 *
 * @param model as the target names it
 * @param more members of a translated request
 */
export function sentBody(
	body: JsonBody | undefined,
	target: Target,
	model: string,
	{ lane: { dialect, translator }, more }: { readonly lane: Lane; readonly more: Readonly<Record<string, unknown>> },
): BodyBytes | undefined {
	if (translator !== undefined) return { bytes: Buffer.from(JSON.stringify({ ...translator.body(model), ...more })) };
	const own = body && hasSeals(body) ? dialect?.withoutSeals?.(body.json) : undefined;
	if (own !== undefined)
		return { bytes: Buffer.from(JSON.stringify(target.model === undefined ? own : { ...own, model })) };
	const named = body && target.model !== undefined ? withModel(body, model) : body;
	return named && body?.late ? withLateDefaults(body, named, model) : named;
}

const seal = Buffer.from(sealMark);

function hasSeals({ bytes, rest }: BodyBytes): boolean {
	return bytes.includes(seal) || rest?.includes(seal) === true;
}

/** The body's object, with the defaults that only some targets take. */
export function jsonFor({ json, late }: JsonBody, model: unknown): JsonBody["json"] {
	const fills = late?.of(model) ?? [];
	if (fills.length === 0) return json;
	return { ...json, ...Object.fromEntries(fills.map(({ property, value }) => [property, value])) };
}

/** Members by which an answer is chosen: many models take none, or only some of their values. */
const sampling = [
	"temperature",
	"top_p",
	"frequency_penalty",
	"presence_penalty",
	"logit_bias",
	"logprobs",
	"top_logprobs",
];

/**
 * What a translated request is made of. The contract's sampling is meant for servers of chat completions; in other dialects
 * the model has what the client has said, or its own.
 *
 * @param json of the body, or of what goes on with its answer
 */
export function jsonToTranslate(
	json: JsonBody["json"],
	{ late, filled = [] }: JsonBody,
	model: unknown,
): JsonBody["json"] {
	const properties = [...filled, ...(late?.of(model) ?? []).map(({ property }) => property)];
	const left = sampling.filter((name) => properties.includes(name));
	if (left.length === 0) return json;
	return Object.fromEntries(Object.entries(json).filter(([name]) => !left.includes(name)));
}
