/** The outcome of a request, as logs, metrics and traces report it. */
import type { ServerResponse } from "node:http";
import type { Operation } from "../contract/operation.js";
import { clientGone, type GatewayError } from "../errors/gatewayError.js";
import type { Attempt } from "../upstream/attempt.js";

/** `gen_ai.operation.name` of OpenTelemetry's semantic conventions, or the name of an operation that is none of those. */
export function generativeOperation(operation: Operation | undefined): string {
	return operation?.dialect?.operation ?? operation?.id ?? "";
}

/** How it ended. */
export interface Ending {
	/** The status that the client was sent, or 499 if it left before it was sent any. */
	status: number;
	/** The answer broke off, or its client left, after a head that promised success. */
	isBroken: boolean;
	/** The error's code. */
	code: string | undefined;
	/** When the response was closed, in milliseconds on the monotonic clock. */
	atMs: number;
}

/** The parts of an exchange that decide its ending. */
interface Ended {
	readonly failure: GatewayError | undefined;
	readonly attempts: readonly Attempt[];
	readonly hasOutlivedClient: boolean;
}

/** @param atMs when the response was closed */
export function endingOf(
	{ failure, attempts, hasOutlivedClient }: Ended,
	response: ServerResponse,
	atMs: number,
): Ending {
	const { headersSent, statusCode, writableFinished } = response;
	const reason = failure ?? (writableFinished || hasOutlivedClient ? faultOf(attempts, statusCode) : clientGone());
	if (reason === undefined) return { status: statusCode, isBroken: false, code: undefined, atMs };
	const code = reason.code ?? reason.type;
	if (!headersSent) return { status: reason.status, isBroken: false, code, atMs };
	return { status: statusCode, isBroken: statusCode < 400, code, atMs };
}

/** The fault that the client read in the upstream's own words; undefined if none. */
function faultOf(attempts: readonly Attempt[], status: number): GatewayError | undefined {
	const told = attempts.findLast(({ isChosen }) => isChosen) ?? (status < 400 ? undefined : attempts.at(-1));
	return told?.fault?.error;
}
