/** Keeps a captured response, or the place where an upstream keeps one. */
import type { RequestTurn } from "../conversations/conversationTurn.js";
import type { Json } from "../dialects/dialect.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { isObject } from "../json/isObject.js";
import type { NewResponse, ResponseHead, ResponseStatus } from "../store/responseTypes.js";
import { withStatus } from "../store/storeFailure.js";
import type { CapturedResponse, ResponseCapture } from "./captureResponse.js";
import type { ResponseMembers } from "./responseObject.js";
import type { Threads } from "./threads.js";

/** What is known of a response before it has come. */
export interface Keeping {
	readonly threads: Threads;
	readonly owner: string;
	/** As the client named it. */
	readonly model: string;
	/** Seconds since the epoch. */
	readonly createdAt: number;
	readonly previous: string | undefined;
	/** Of the response that it goes on from. */
	readonly thread: string | undefined;
	readonly conversation?: string | undefined;
	readonly requestId: string;
	/** The client relies on it: what can't be kept is an error. */
	readonly isAsked: boolean;
	/** Tells the operator of a failure that the client isn't told of. */
	complain(error: unknown): void;
}

const notStored: ResponseMembers = { own: { store: false }, echoed: {} };

/** @param input the request's own items, JSON values with commas between them */
export function keepOwn(keeping: Keeping, input: Buffer): NonNullable<ResponseCapture["keep"]> {
	const { threads, owner, isAsked, complain } = keeping;
	return async (captured, isCut) => {
		try {
			await threads.add(owner, recordOf(keeping, captured, input));
			return undefined;
		} catch (error) {
			if (isAsked && !isCut) throw withStatus(error);
			complain(error);
			return notStored;
		}
	};
}

function recordOf(keeping: Keeping, captured: CapturedResponse, input: Buffer): NewResponse {
	const { output, body, outputAt, itemIds } = captured.parts();
	return { input, output, body, outputAt, itemIds, request: undefined, ...headFor(keeping, captured, undefined) };
}

type Ended = Pick<CapturedResponse, "id" | "status" | "usage">;

function headFor(keeping: Keeping, { id, status, usage }: Ended, home: string | undefined): ResponseHead {
	const { model, createdAt, previous, thread, conversation, requestId } = keeping;
	const tokens = isObject(usage) ? tokensOf(usage) : undefined;
	return {
		id,
		model,
		status,
		createdAt,
		previous,
		thread: thread ?? previous ?? id,
		conversation,
		home,
		inputTokens: tokens?.input,
		outputTokens: tokens?.output,
		requestId,
	};
}

/** Keeps the response as well, once what it has said is in its conversation. */
export function keepInTurn(
	turn: Pick<RequestTurn, "append" | "release">,
	input: Buffer,
	keep: ResponseCapture["keep"],
): ResponseCapture["keep"] {
	return async (response, isCut) => {
		const isWhole = response.status === "completed" || response.status === "incomplete";
		if (isWhole && !isCut) await turn.append?.(input, response.parts().output);
		else await turn.release?.();
		return keep?.(response, isCut);
	};
}

const unchanged: ResponseMembers = { own: {}, echoed: {} };
const nothingKept = { input: "", output: "", body: "", outputAt: 0, itemIds: [], request: undefined };

/**
 * Notes that an upstream keeps a response. It is known from its first event on, since its client may come back for it at any time.
 *
 * @param home the upstream that has answered
 */
export function noteHome(keeping: Keeping, home: () => string | undefined): ResponseCapture {
	const { threads, owner, isAsked, complain } = keeping;
	let isNoted = false;
	const note = async (id: unknown, status: ResponseStatus, usage: unknown, mayFail: boolean): Promise<void> => {
		const at = home();
		if (typeof id !== "string" || at === undefined) return;
		const head = headFor(keeping, { id, status, usage }, at);
		const response = { ...head, ...nothingKept, isUpdate: isNoted };
		isNoted = true;
		await threads.add(owner, response).catch((error: unknown) => {
			if (mayFail && isAsked) throw withStatus(error);
			complain(error);
		});
	};
	return {
		members: unchanged,
		begin: ({ id, status }: Json) => note(id, status === "queued" ? "queued" : "in_progress", undefined, true),
		async keep({ id, status, usage }, isCut) {
			const isFirst = !isNoted;
			const noting = note(id, status, usage, isFirst && !isCut);
			if (isFirst) await noting;
			return undefined;
		},
		tooLong() {},
	};
}
