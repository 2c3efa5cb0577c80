/** Finds an upstream's error in JSON that it sent with status 200, in whichever shape. */
import { isObject } from "../../json/isObject.js";
import type { ErrorDetail, Json } from "../dialect.js";

/** Longer words are no message. */
const maxMessageCharacters = 1_000;

/** Members that hold a status, or a code of the vendor's own. */
const codeNames = ["status", "code", "status_code", "statusCode", "http_status", "error_code"] as const;

/**
 * @param content the member that an answer of this kind has, `choices` or `data`; undefined for an event of a stream
 * @returns undefined for what is an answer, or says nothing that would be known as an error
 */
export function errorIn(json: Json, content?: string): ErrorDetail | undefined {
	if (hasContent(json[content ?? "choices"])) {
		// An event that says both is taken at its worst: what follows it is lost.
		if (content !== undefined || !isTelling(json.error)) return undefined;
	} else if (!saysError(json, content !== undefined)) return undefined;
	return detailOf(json);
}

/** The detail of a JSON error, in any of the vendors' shapes. */
export function detailOf(json: Json): ErrorDetail {
	const { error } = json;
	const own = isObject(error) ? error : json;
	return {
		status: statusIn(isObject(error) ? error : {}) ?? statusIn(json),
		message: messageIn(json)?.slice(0, maxMessageCharacters),
		isWellFormed: isObject(error) && typeof error.message === "string",
		kind: wordIn(own.type),
		code: wordIn(own.code),
		param: wordIn(own.param),
	};
}

function wordIn(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}

/** @param isWhole a message alone is an error's only where there is nothing else */
function saysError(json: Json, isWhole: boolean): boolean {
	const { error, errors, detail, object, type, success, message, msg } = json;
	if (isTelling(error) || isTelling(errors) || object === "error" || type === "error" || success === false) return true;
	if (isWhole && isTelling(detail)) return true;
	if (minimaxStatus(json) !== undefined) return true;
	const isSaid = typeof message === "string" || typeof msg === "string";
	return isSaid && (isWhole || statusIn(json) !== undefined);
}

function hasContent(value: unknown): boolean {
	return Array.isArray(value) ? value.length > 0 : isObject(value);
}

function isTelling(value: unknown): boolean {
	if (Array.isArray(value)) return value.length > 0;
	return typeof value === "object" ? value !== null : value !== undefined && value !== "" && value !== false;
}

function statusIn(json: Json): number | undefined {
	for (const name of codeNames) {
		const status = Number(json[name] ?? Number.NaN);
		if (Number.isInteger(status) && status >= 400 && status <= 599) return status;
	}
	return undefined;
}

/** MiniMax says how it went beside every answer; 0 is well. */
function minimaxStatus({ base_resp: said }: Json): unknown {
	return isObject(said) && said.status_code !== 0 ? said.status_code : undefined;
}

function messageIn(json: Json): string | undefined {
	const { error, errors, detail, message, msg, base_resp: base } = json;
	const [first] = Array.isArray(errors) ? errors : Array.isArray(detail) ? detail : [];
	const candidates = [
		error,
		isObject(error) ? error.message : undefined,
		message,
		msg,
		detail,
		first,
		isObject(first) ? (first.message ?? first.msg) : undefined,
		isObject(base) ? base.status_msg : undefined,
	];
	return candidates.find((value): value is string => typeof value === "string" && value !== "");
}
