/** AWS's exceptions: which status each means, whatever status it came with, and where an answer names it. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { ErrorDetail, Json, RefusedAnswer } from "../dialect.js";
import { textIn } from "../openai/choice.js";

/** By the exception's name in lower case, without its ending. */
const statuses: ReadonlyMap<string, number> = new Map([
	["throttling", 429],
	["toomanyrequests", 429],
	["servicequotaexceeded", 429],
	// Which tell of the upstream, and would be the request's fault by the statuses that they come with (424, 429, 408).
	["modelnotready", 503],
	["modelerror", 502],
	["modelstreamerror", 502],
	["modeltimeout", 504],
	["internalserver", 500],
	["internalfailure", 500],
	["serviceunavailable", 503],
	["validation", 400],
	["conflict", 409],
	["resourcenotfound", 404],
	["requestentitytoolarge", 413],
	["accessdenied", 403],
	["notauthorized", 403],
	["optinrequired", 403],
	// The gateway's own credential.
	["expiredtoken", 401],
	["unrecognizedclient", 401],
	["invalidclienttokenid", 401],
	["invalidsignature", 401],
	["signaturedoesnotmatch", 401],
	["incompletesignature", 401],
	["missingauthenticationtoken", 401],
	["requestexpired", 401],
]);

const tooLong =
	/input is too long|too many input tokens|prompt is too long|input tokens? exceed|maximum context length|context window/i;
/** A quota for so long that waiting for it is of no use to a client. */
const ofDay = /\bper (?:day|month)\b|\bdaily\b/i;

/** What an exception says, with the status that it means; undefined for one that nobody knows. */
export function detailOfException(name: string, message: string | undefined): ErrorDetail {
	const kind = plainName(name);
	return {
		status: statuses.get(kind),
		message,
		isWellFormed: false,
		kind: name || undefined,
		code: codeOf(kind, message ?? ""),
	};
}

function plainName(name: string): string {
	return name.replace(/(?:Exception|Error)$/, "").toLowerCase();
}

/** Codes on which clients, and the gateway, act. */
function codeOf(kind: string, message: string): string | undefined {
	if (kind === "servicequotaexceeded" || (kind === "throttling" && ofDay.test(message))) return "insufficient_quota";
	return (kind === "validation" || kind === "") && tooLong.test(message) ? "context_length_exceeded" : undefined;
}

/** `{"message"}`, or `{"Message"}` from AWS's front. */
export function messageIn({ message, Message: other }: Json): string | undefined {
	return textIn(message) || textIn(other) || undefined;
}

/** An error status as it is meant, with what AWS says of it in its header. @returns undefined for what is no error of AWS's form */
export function exceptionIn({ status, headers, body }: RefusedAnswer): ErrorDetail | undefined {
	const json = parseObject(body.toString());
	const named = String(headers["x-amzn-errortype"] ?? "") || textIn(json?.__type);
	if (isObject(json?.error) || (named === "" && (json === undefined || messageIn(json) === undefined)))
		return undefined;
	// `ThrottlingException:http://…`, `com.amazon.coral.service#ThrottlingException`
	const name = named.replace(/^.*#/, "").replace(/:.*$/, "");
	const detail = detailOfException(name, json && messageIn(json));
	return { ...detail, status: detail.status ?? status };
}
