/** What a request asks for, as a key that is the same for all requests which get one answer. */
import { createHash } from "node:crypto";
import type { Dialect, Json } from "../dialects/dialect.js";
import type { Exchange } from "../exchange/exchange.js";
import { piecesOf } from "../json/bodyBytes.js";
import { type AnswerForm, formOf } from "./answerForm.js";
import type { Bypass } from "./cacheStatus.js";
import { canonical, countMembers } from "./canonical.js";
import { partitionOf } from "./partition.js";
import { type PlainRequest, plainRequest, plainText } from "./plainRequest.js";
import type { RouteFacts } from "./routeFacts.js";

export interface Question {
	readonly key: string;
	readonly form: AnswerForm;
	/** All that the key is made of but the request itself. */
	readonly partition: string;
	/** Undefined for a request that only its own dialect can say. */
	readonly plain: PlainRequest | undefined;
}

/** Members that decide nothing of the answer. */
const leftOut = new Set([
	"stream",
	"stream_options",
	"user",
	"metadata",
	"labels",
	"safety_identifier",
	"prompt_cache_key",
	"prompt_cache_retention",
	// They are in the key already, and stand in the path or the body.
	"model",
]);

/** Headers that choose among the forms of an API. */
const betaHeaders = ["anthropic-beta", "openai-beta"];

export interface QuestionContext {
	readonly exchange: Exchange;
	readonly dialect: Dialect;
	readonly json: Json;
	/** With its question mark. */
	readonly search: string;
	readonly facts: RouteFacts;
	readonly contractVersion: string;
}

/** @returns why there is none, if two readers may understand the request in two ways */
export function questionOf(context: QuestionContext): Question | Bypass {
	const { exchange, dialect, json, search, facts } = context;
	const { body, requestHeaders, operation, route, model } = exchange;
	const whole = canonical(json, leftOut);
	const own = canonical(dialect.path === undefined ? json : dialect.path.withoutFacts(json));
	if (whole.isRounded || body === undefined || countMembers(piecesOf(body)) !== own.members) return "ambiguous";
	const options = optionsIn(search);
	const betas = betaHeaders.map((name) => String(requestHeaders[name] ?? ""));
	const isUsual = options === "" && betas.every((beta) => beta === "");
	const plain = isUsual && mayBeOthers(dialect, json, facts) ? plainRequest(dialect, json) : undefined;
	const partition = JSON.stringify([
		context.contractVersion,
		facts.settings.scope === "shared" ? "shared" : partitionOf(exchange, facts.settings.scope),
		route?.name ?? "",
		facts.targets,
		facts.conditionsOf(exchange),
		model ?? "",
	]);
	const said = plain === undefined ? [operation?.id, options, ...betas, whole.text] : ["plain", plainText(plain)];
	return { key: digest([partition, ...said]), form: formOf(dialect, json, requestHeaders), partition, plain };
}

export function digest(parts: readonly (string | undefined)[]): string {
	return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

/** An upstream that keeps responses gives ids that clients go on from, as no other dialect's answer has. */
function mayBeOthers({ name }: Dialect, { store }: Json, { keepsResponses }: RouteFacts): boolean {
	return name !== "openai.responses" || store === false || !keepsResponses;
}

/** What a query asks for. `alt` is a matter of form. */
function optionsIn(search: string): string {
	const pairs = [...new URLSearchParams(search)].filter(([name]) => !/^\$?alt$/i.test(name));
	return pairs.length === 0 ? "" : JSON.stringify(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
}
