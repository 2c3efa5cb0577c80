/** Requests for an upstream of responses, in whose history upstreams of other dialects have answered. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { isSeal } from "../seals.js";

/** The request without reasoning that the upstream could not decrypt. @returns undefined where there is none */
export function withoutSeals(body: Json): Json | undefined {
	const given = listIn(body.input);
	const input = given.filter((item) => !isObject(item) || item.type !== "reasoning" || !isSeal(item.encrypted_content));
	return input.length === given.length ? undefined : { ...body, input };
}
