/** Captures an exchange of another dialect than chat completions as the chat completion that it would have been. */
import type { ChatEvent } from "../chat/event.js";
import { lengthOf } from "../chat/event.js";
import { ResponseBuilder } from "../chat/response.js";
import { answerReader } from "../dialects/answerReader.js";
import type { Dialect, Json } from "../dialects/dialect.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { newCompletionId } from "../store/newId.js";
import type { Metadata } from "../store/page.js";
import type { CompletionStatus } from "../store/store.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { type CapturedAnswer, maxKeptBytes } from "./capture.js";
import { readMetadata } from "./metadata.js";

export interface ForeignCapture {
	/** The client's dialect, which can be translated. */
	readonly dialect: Dialect;
	/** The requested model. */
	readonly model: string;
	readonly requestId: string;
	/** The `usage` object of the upstream, if the answer's own events have none. */
	usage(): unknown;
	write(status: CompletionStatus, answer: CapturedAnswer): void;
	/** Called if the answer exceeds the limit. */
	tooLong(): void;
}

export interface RequestAsChat {
	readonly bytes: Buffer;
	readonly metadata: Metadata;
}

/** Limits of the metadata of chat completions, to which other dialects don't hold theirs. */
const most = { pairs: 16, name: 64, value: 512 };

/** @returns the request as a chat completion; undefined if the dialect can't be translated */
export function requestAsChat({ translation }: Dialect, json: Json): RequestAsChat | undefined {
	const request = translation?.readRequest(json);
	const written = request && openaiChat.translation?.writeRequest(request, new Set());
	if (written === undefined) return undefined;
	const pairs = Object.entries(readMetadata(request?.metadata)).filter(
		([name, value]) => name.length <= most.name && value.length <= most.value,
	);
	const metadata = Object.fromEntries(pairs.slice(0, most.pairs));
	return { bytes: Buffer.from(JSON.stringify(written)), metadata };
}

/** Follows what the client is sent, and changes nothing of it. Call it before the answer's first byte is read. */
export function captureAsChat(answer: ResponseStream, capture: ForeignCapture): void {
	const builder = new ResponseBuilder();
	let hasFailed = false;
	let keptBytes = 0;
	const note = (event: ChatEvent) => {
		if (event.type === "error") hasFailed = true;
		keptBytes += lengthOf(event);
		if (keptBytes <= maxKeptBytes) builder.add(event);
	};
	const reader = answerReader(
		answer,
		capture.dialect,
		{
			events(events) {
				for (const event of events) note(event);
			},
		},
		maxKeptBytes,
	);
	answer.observers.push({
		chunk: reader.chunk,
		end(failure) {
			reader.end(failure);
			const captured = asChat(builder, capture);
			if (keptBytes > maxKeptBytes) capture.tooLong();
			const isCut = failure !== undefined || keptBytes > maxKeptBytes;
			if (captured !== undefined) capture.write(hasFailed ? "failed" : isCut ? "incomplete" : "completed", captured);
		},
	});
}

/** @returns undefined if nothing of an answer has come */
function asChat(builder: ResponseBuilder, { model, requestId, usage }: ForeignCapture): CapturedAnswer | undefined {
	const { response } = builder;
	if (response.choices.length === 0) return undefined;
	const id = newCompletionId();
	const created = Math.floor(Date.now() / 1000);
	const context = { requestId, created, model, wantsUsage: true };
	const completion = openaiChat.translation?.writeResponse({ ...response, id, created }, context);
	const counts = completion?.usage ?? usage();
	return { id, response: JSON.stringify(completion), usage: counts };
}
