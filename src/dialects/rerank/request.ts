/** The parts of a reranking that vendors' requests share. */
import type { RerankDocument, RerankRequest } from "../../chat/reranking.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";

/**
 * What all vendors' requests say alike. Members that are not `known` go to `dropped`, if they say anything.
 *
 * @throws GatewayError 400 as `documentsIn` does
 */
export function commonIn(
	body: Json,
	known: ReadonlySet<string>,
	dropped: Set<string>,
): Omit<RerankRequest, "topN" | "maxTokensPerDocument"> {
	for (const name in body) if (!known.has(name) && body[name]) dropped.add(name);
	return {
		model: textIn(body.model) || undefined,
		query: queryIn(body),
		documents: documentsIn(body),
		returnsDocuments: body.return_documents === true,
		truncates: typeof body.truncation === "boolean" ? body.truncation : undefined,
	};
}

/**
 * The documents of a request. Of an object its text is ranked; one without a text is ranked by all its members, or by those that
 * `rank_fields` names, as Cohere does.
 *
 * @throws GatewayError 400 for pictures, which only an upstream that speaks the client's dialect takes
 */
function documentsIn({ documents, rank_fields: fields }: Json): RerankDocument[] {
	const named = Array.isArray(fields) ? fields.filter((field) => typeof field === "string") : undefined;
	return listIn(documents).map((given, at) => ({ text: textOf(given, at, named), given }));
}

/** @throws GatewayError 400 as `documentsIn` does */
function queryIn({ query }: Json): string {
	if (typeof query === "string") return query;
	if (isObject(query) && typeof query.text === "string") return query.text;
	throw refused("query");
}

function textOf(given: unknown, at: number, fields: readonly string[] | undefined): string {
	if (typeof given === "string") return given;
	if (!isObject(given) || "image" in given) throw refused(`documents[${at}]`);
	if (fields === undefined && typeof given.text === "string") return given.text;
	const names = fields ?? Object.keys(given);
	return names
		.filter((name) => given[name] !== undefined)
		.map((name) => `${name}: ${textIn(given[name]) || JSON.stringify(given[name])}`)
		.join("\n");
}

function refused(place: string): GatewayError {
	const message = `${place} must be a text, or an object with texts: the upstream takes no pictures.`;
	return new GatewayError(400, message, { code: "unsupported_input", param: place });
}
