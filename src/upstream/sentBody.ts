/** The body that an upstream is sent: the client's bytes with as little changed as can be, or a translation. */

import { mayHoldSignedIds, withoutSignedIds } from "../chat/signedIds.js";
import { type JsonBody, withLateDefaults } from "../contract/defaults.js";
import type { Dialect, Json } from "../dialects/dialect.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { sealMark } from "../dialects/sealedReasoning.js";
import type { BodyBytes } from "../json/bodyBytes.js";
import { editMembers } from "../json/editMembers.js";
import { editsFor, withEdits } from "../providers/chatQuirks.js";
import type { Provider } from "../providers/provider.js";
import type { Target } from "../settings/routes.js";
import type { Lane } from "./lane.js";
import { withModel, withModelIfNamed } from "./modelMember.js";

export interface Sent {
	readonly target: Target;
	/** As the target names it. */
	readonly model: string;
	readonly lane: Lane;
	readonly provider: Provider;
	/** Members of a translated request. */
	readonly more: Json;
}

/**
 * The client's bytes with the target's model in them, and the defaults that only some targets take; in the translation
 * lane, the request as the upstream's dialect writes it; in both, without what the provider does not take.
 */
export function sentBody(given: JsonBody | undefined, sent: Sent): BodyBytes | undefined {
	const { target, model, lane, provider, more } = sent;
	const { translator, dialect, dropped } = lane;
	const quirks = dialect === openaiChat ? provider.quirks : undefined;
	if (translator !== undefined) {
		const written = { ...translator.body(model), ...more };
		const taken = quirks === undefined ? written : withEdits(written, editsFor(written, quirks, dropped));
		return { bytes: Buffer.from(JSON.stringify(taken)) };
	}
	const body = given && withoutOwn(given, dialect);
	const named = body && target.model !== undefined ? renamed(body, model, dialect) : body;
	const whole = named && body?.late ? withLateDefaults(body, named, model) : named;
	if (quirks === undefined || body === undefined || whole === undefined) return whole;
	const edits = editsFor({ ...jsonFor(body, model), model }, quirks, dropped);
	return edits.size === 0 ? whole : editMembers(whole, edits);
}

/**
 * The body without what the gateway has put into answers of upstreams that speak another dialect: seals of reasoning, and
 * signatures in the ids of calls.
 */
function withoutOwn(body: JsonBody, dialect: Dialect | undefined): JsonBody {
	const { before: _before, rest: _rest, bytes, ...others } = body;
	let own: Json = body.json;
	if (dialect?.withoutSeals !== undefined && bytes.includes(seal)) own = dialect.withoutSeals(own) ?? own;
	// Only conversations have calls.
	if (dialect?.translation !== undefined && mayHoldSignedIds(bytes)) own = withoutSignedIds(own);
	if (own === body.json) return body;
	return { ...others, json: own, bytes: Buffer.from(JSON.stringify(dialect?.path?.withoutFacts(own) ?? own)) };
}

const seal = Buffer.from(sealMark);

/** Where the model stands in the path, the body may repeat it. */
function renamed(body: JsonBody, model: string, dialect: Dialect | undefined): BodyBytes {
	if (dialect?.path === undefined) return withModel(body, model);
	const { withoutFacts, renamedParts, nameInBody } = dialect.path;
	const parts = renamedParts?.(withoutFacts(body.json), model);
	const bytes = parts === undefined ? body : { bytes: Buffer.from(JSON.stringify(parts)) };
	return withModelIfNamed(bytes, nameInBody(model));
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
