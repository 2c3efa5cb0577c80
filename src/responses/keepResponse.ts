/** Keeps a captured response, or the place where an upstream keeps one. */
import type { Json } from "../dialects/dialect.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { isObject } from "../json/isObject.js";
import type { NewResponse, ResponseStatus } from "../store/responseTypes.js";
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
	/** The client relies on it: what can't be kept is an error. */
	readonly isAsked: boolean;
	/** Tells the operator of a failure that the client isn't told of. */
	complain(error: unknown): void;
}

const notStored: ResponseMembers = { own: { store: "false" }, echoed: {} };

/** @param input the request's own items, JSON values with commas between them */
export function keepOwn(keeping: Keeping, input: Buffer): NonNullable<ResponseCapture["keep"]> {
	const { threads, owner, isAsked, complain } = keeping;
	return async (captured, isCut) => {
		try {
			await threads.add(owner, { ...recordOf(keeping, captured), input });
			return undefined;
		} catch (error) {
			if (isAsked && !isCut) throw withStatus(error);
			complain(error);
			return notStored;
		}
	};
}

function recordOf(keeping: Keeping, captured: CapturedResponse): Omit<NewResponse, "input"> {
	const { id, status, usage, parts } = captured;
	return { ...headOf(keeping, id), status, ...parts(), ...countsOf(usage), home: undefined, request: undefined };
}

function headOf({ model, createdAt, previous, thread, conversation }: Keeping, id: string) {
	return { id, model, createdAt, previous, thread: thread ?? previous ?? id, conversation };
}

function countsOf(usage: unknown): Pick<NewResponse, "inputTokens" | "outputTokens"> {
	const tokens = isObject(usage) ? tokensOf(usage) : undefined;
	return { inputTokens: tokens?.input, outputTokens: tokens?.output };
}

const unchanged: ResponseMembers = { own: {}, echoed: {} };

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
		const noted = { home: at, input: "", output: "", body: "", outputAt: 0, itemIds: [], request: undefined };
		const response = { ...headOf(keeping, id), ...countsOf(usage), ...noted, status, isUpdate: isNoted };
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
