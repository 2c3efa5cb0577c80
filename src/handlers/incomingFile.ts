/** The file in a multipart request, and what its fields say of it. */
import { GatewayError } from "../errors/gatewayError.js";
import type { ByteSource } from "../files/contents.js";
import { noPurpose } from "../files/failures.js";
import type { FileForm } from "../files/fileObjects.js";
import type { NewFile } from "../files/fileWriter.js";
import { withFiles } from "../forms/formJson.js";
import { isObject } from "../json/isObject.js";
import type { GatewayContext } from "../middleware/link.js";

/** Anthropic's files are for any purpose. */
const anyPurpose = "user_data";

/** @param name the member that holds it @throws GatewayError 400 if there is none */
export function incomingContent(ctx: GatewayContext, name: string): ByteSource {
	return fileIn(ctx, name).pieces();
}

/**
 * What is said of the member `file`.
 *
 * @returns a function where fields may still follow the file: it is to be called when all of that has come
 * @throws GatewayError 400, as the function does, for a wrong field, or without a purpose
 */
export function describedFile(ctx: GatewayContext, form: FileForm): NewFile | (() => NewFile) {
	const isWhole = ctx.state.exchange.form?.isWhole ?? true;
	return isWhole ? described(ctx, form) : () => described(ctx, form);
}

function described(ctx: GatewayContext, client: FileForm): NewFile {
	const { form, operation } = ctx.state.exchange;
	const { filename = "upload", type } = fileIn(ctx, "file");
	if (form === undefined) throw noFile("file");
	operation?.validateBody(withFiles(form.json, form));
	const { purpose = client === "anthropic" ? anyPurpose : undefined, expires_after: expiry } = form.json;
	if (typeof purpose !== "string") throw noPurpose();
	const seconds = isObject(expiry) ? expiry.seconds : form.json.expires_in_seconds;
	return { filename, purpose, mediaType: type, expiresAfter: typeof seconds === "number" ? seconds : undefined };
}

function fileIn({ state: { exchange } }: GatewayContext, name: string) {
	const file = exchange.form?.files.find((one) => one.name === name);
	if (file === undefined) throw exchange.form?.json[name] === undefined ? noFile(name) : notFile(name);
	return file;
}

function noFile(name: string): GatewayError {
	const details = { code: "missing_required_parameter", param: name };
	return new GatewayError(400, `Missing required parameter: '${name}'.`, details);
}

function notFile(name: string): GatewayError {
	return new GatewayError(400, `${name} must be a file.`, { code: "invalid_body", param: name });
}
