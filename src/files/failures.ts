/** What clients are told of files that are not there, or that can't be kept. */

import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";

export function noSuchFile(id: string, param = "file_id"): GatewayError {
	return notFound(`There is no file with the id "${id}", or it is not kept any more.`, "file_not_found", param);
}

export function noSuchUpload(id: string): GatewayError {
	return notFound(
		`There is no upload with the id "${id}", or it is not kept any more.`,
		"upload_not_found",
		"upload_id",
	);
}

export function noSuchPart(id: string): GatewayError {
	return new GatewayError(400, `The upload has no part with the id "${id}".`, {
		code: "part_not_found",
		param: "part_ids",
	});
}

export function uploadEnded(id: string, status: string): GatewayError {
	return new GatewayError(400, `The upload "${id}" is ${status}, and takes nothing more.`, {
		code: `upload_${status}`,
		param: "upload_id",
	});
}

export function fileTooLarge(maxBytes: number, hint: string): GatewayError {
	return new GatewayError(413, `The file is larger than ${maxBytes} bytes${hint}.`, {
		code: "file_too_large",
		param: "file",
	});
}

export function quotaExceeded(quotaBytes: number): GatewayError {
	return new GatewayError(
		413,
		`With this file, more than ${quotaBytes} bytes would be kept for you: delete files that you don't need any more.`,
		{ code: "files_quota_exceeded", param: "file" },
	);
}

export function wrongLength(announced: number, bytes: number): GatewayError {
	return new GatewayError(400, `The upload was announced with ${announced} bytes, and its parts have ${bytes}.`, {
		code: "upload_length_mismatch",
		param: "part_ids",
	});
}

export function wrongChecksum(): GatewayError {
	return new GatewayError(400, "The content's MD5 is another than 'md5' says: send the parts again.", {
		code: "upload_checksum_mismatch",
		param: "md5",
	});
}

export function nowhereToKeep(): GatewayError {
	return new GatewayError(501, "This gateway keeps no files: it has no store, and no upstream that keeps them.", {
		code: "files_not_kept",
		hint: "Name a folder with --data, or an upstream with --files.",
	});
}

export function keeperGone(upstream: string): GatewayError {
	return notFound(`No route leads to the upstream '${upstream}', which keeps this.`, "upstream_not_found");
}

export function unreadableFile(upstream: string): GatewayError {
	return new GatewayError(502, `The upstream '${upstream}' has answered, but said nothing of a file.`, {
		code: "invalid_upstream_response",
	});
}

export function noPurpose(): GatewayError {
	return new GatewayError(400, "purpose is required: say what the file is for, such as user_data.", {
		code: "missing_required_parameter",
		param: "purpose",
	});
}
