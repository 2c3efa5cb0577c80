/** The body that an upstream is sent: the client's bytes with as little changed as can be, or a translation. */

import { mayHoldSignedIds, withoutSignedIds } from "../chat/signedIds.js";
import { type JsonBody, withLateDefaults } from "../contract/defaults.js";
import type { Dialect, Json } from "../dialects/dialect.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { openaiEmbeddings } from "../dialects/openaiEmbeddings/index.js";
import { sealMark } from "../dialects/seals.js";
import { type BodyBytes, wholeBytes } from "../json/bodyBytes.js";
import { editMembers } from "../json/editMembers.js";
import { swapMember } from "../json/swapMember.js";
import { type ChatQuirks, editsFor, type RequestEdits, withEdits } from "../providers/chatQuirks.js";
import { type Provider, quirksFor } from "../providers/provider.js";
import type { Target } from "../settings/routes.js";
import type { Lane } from "./lane.js";
import { withModel, withModelIfNamed } from "./modelMember.js";

export interface Sent {
	readonly target: Target;
	/** As the target names it. */
	readonly model: string;
	readonly lane: Lane;
	readonly provider: Provider;
	/** Of the client's operation, as the provider is told it. */
	readonly path: string;
	/** Members of a translated request. */
	readonly more: Json;
}

/**
 * The client's bytes with the target's model in them, and the defaults that only some targets take; in the translation
 * lane, the request as the upstream's dialect writes it; in both, without what the provider does not take.
 */
export function sentBody(given: JsonBody | undefined, sent: Sent): BodyBytes | undefined {
	const { target, model, lane, provider, path, more } = sent;
	const { translator, dialect, dropped } = lane;
	const quirks = quirksOf(provider, dialect, model);
	const editsOf = (json: Json): RequestEdits => {
		const own: RequestEdits = provider.edits?.({ dialect, path, model, json }) ?? new Map();
		return quirks === undefined ? own : new Map([...editsFor(json, quirks, dropped), ...own]);
	};
	if (translator !== undefined) {
		const written = { ...translator.body(model), ...more };
		return { bytes: Buffer.from(JSON.stringify(withEdits(written, editsOf(written)))) };
	}
	const body = given && withoutOwn(inOnePiece(given), dialect);
	if (body === undefined) return undefined;
	const isEdited = quirks !== undefined || provider.edits !== undefined;
	const json = isEdited ? { ...jsonFor(body, model), model } : body.json;
	const edits = isEdited ? editsOf(json) : undefined;
	const isRenamed = target.model !== undefined && !edits?.has("model");
	const named = isRenamed ? renamed(body, model, dialect) : body;
	const whole = body.late ? withLateDefaults(body, named, model) : named;
	return edits === undefined ? whole : edited(whole, json, edits);
}

/** Most of a body's bytes are neither looked at nor copied where one member stands in place of another. */
function edited(body: BodyBytes, json: Json, edits: RequestEdits): BodyBytes {
	if (edits.size === 0) return body;
	const removed = [...edits].filter(([, value]) => value === undefined);
	const added = [...edits].filter(([name, value]) => value !== undefined && json[name] === undefined);
	const [out] = removed;
	const [into] = added;
	const isSwap = edits.size === 2 && out !== undefined && into !== undefined;
	return (isSwap ? swapMember(body, out[0], into) : undefined) ?? editMembers(body, edits);
}

function quirksOf(provider: Provider, dialect: Dialect | undefined, model: string): ChatQuirks | undefined {
	if (dialect === openaiChat) return quirksFor(provider, model);
	return dialect === openaiEmbeddings ? provider.embeddingQuirks : undefined;
}

/**
 * The body without what the gateway has put into answers of upstreams that speak another dialect: seals of reasoning, and
 * signatures in the ids of calls.
 */
function withoutOwn(body: JsonBody, dialect: Dialect | undefined): JsonBody {
	const { bytes } = body;
	let own: Json = body.json;
	if (dialect?.withoutSeals !== undefined && bytes.includes(seal)) own = dialect.withoutSeals(own) ?? own;
	// Only conversations have calls.
	if (dialect?.translation !== undefined && mayHoldSignedIds(bytes)) own = withoutSignedIds(own);
	if (own === body.json) return body;
	return withJson(body, own, dialect);
}

/** The body with other JSON in it, and what else is known of it. */
export function withJson(body: JsonBody, json: Json, dialect: Dialect | undefined): JsonBody {
	const {
		before: _before,
		bytes: _bytes,
		rest: _rest,
		outline: _outline,
		outlineBytes: _outlineBytes,
		...others
	} = body;
	return { ...others, ...bodyOf(json, dialect) };
}

/** A request that the gateway has made of the client's. */
export function bodyOf(json: Json, dialect: Dialect | undefined): JsonBody {
	return { json, bytes: Buffer.from(JSON.stringify(dialect?.path?.withoutFacts(json) ?? json)) };
}

const seal = Buffer.from(sealMark);

/** One that has earlier turns in it comes in pieces; what is to be changed may be in any of them. */
function inOnePiece(body: JsonBody): JsonBody {
	if (body.before === undefined) return body;
	const { before: _before, rest: _rest, ...others } = body;
	return { ...others, bytes: wholeBytes(body) };
}

/** Where the model stands in the path, the body may repeat it; what passes as it is, is given no model that it doesn't name. */
function renamed(body: JsonBody, model: string, dialect: Dialect | undefined): BodyBytes {
	if (dialect === undefined && body.json.model === undefined) return body;
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
export function jsonToTranslate(json: JsonBody["json"], body: JsonBody, model: unknown): JsonBody["json"] {
	const properties = defaultsIn(body, model);
	const left = sampling.filter((name) => properties.includes(name));
	if (left.length === 0) return json;
	return Object.fromEntries(Object.entries(json).filter(([name]) => !left.includes(name)));
}

/** What of the client's own gets lost, by its names for it: no defaults of the contract. @param dropped names as lanes have them */
export function lostOf(dropped: ReadonlySet<string>, body: JsonBody, model: unknown): ReadonlySet<string> {
	const defaults = defaultsIn(body, model);
	const names = [...dropped].map((name) => clientsName(name, body.json));
	return new Set(names.filter((name) => !defaults.includes(name)));
}

/** The neutral model calls `frequencyPenalty` what clients of chat completions call `frequency_penalty`. */
function clientsName(name: string, json: Json): string {
	const words = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
	return !Object.hasOwn(json, name) && Object.hasOwn(json, words) ? words : name;
}

/** Names of members that the gateway has filled in, or does for this model. */
function defaultsIn({ late, filled = [] }: JsonBody, model: unknown): string[] {
	return [...filled, ...(late?.of(model) ?? []).map(({ property }) => property)];
}
