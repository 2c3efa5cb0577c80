/** Pictures, as OpenAI, Gemini, Imagen, Amazon and Stability have them. A piece of an answer is a picture that is not finished yet. */
import { choicesOf, questionOf, recordOf, recordsIn, textOf, tokensOf } from "./bodyReaders.js";
import { eventStream, type Framing } from "./framing.js";
import { openaiBody, openaiError } from "./openaiErrors.js";
import { pictureOf } from "./pictures.js";
import type { AnswerHead, AnswerWriter, Asked, Body, Counts, Question, WireFormat } from "./wire.js";

export const imagesWire: WireFormat = {
	name: "pictures",
	read,
	framing: (_question, json) => eventStream(json),
	writer,
	error: openaiError,
};

/** What the words of a request are, and how many pictures it asks for, by whose it is. */
const readers: Readonly<Record<string, (body: Body) => { readonly prompt: unknown; readonly count?: unknown }>> = {
	gemini: ({ contents }) => ({ prompt: recordsIn(contents).flatMap(({ parts }) => recordsIn(parts)) }),
	imagen: ({ instances, parameters }) => ({
		prompt: recordsIn(instances)[0]?.prompt,
		count: recordOf(parameters).sampleCount,
	}),
	amazon: ({ textToImageParams, imageVariationParams, imageGenerationConfig }) => ({
		prompt: recordOf(textToImageParams ?? imageVariationParams).text ?? "A variation",
		count: recordOf(imageGenerationConfig).numberOfImages,
	}),
};

function read(body: Body, asked: Asked): Question {
	const { prompt, count } = readers[asked.variant ?? ""]?.(body) ?? { prompt: body.prompt, count: body.n };
	const text = textOf(prompt);
	const isOfPicture = body.image !== undefined || body.images !== undefined;
	if (text === "" && !isOfPicture) throw new Error("prompt is missing");
	const partial = typeof body.partial_images === "number" ? body.partial_images : 0;
	return questionOf(asked, body, {
		choices: choicesOf(count),
		promptTokens: tokensOf(text),
		lastText: text,
		inputs: Array.from({ length: partial }),
		wantsUrl: body.response_format === "url",
	});
}

function writer(head: AnswerHead, framing: Framing): AnswerWriter {
	const { question, createdAtMs } = head;
	const created = Math.floor(createdAtMs / 1000);
	const facts = { created_at: created, output_format: "png", quality: "low", size: "32x32", background: "opaque" };
	const indexes = Array.from({ length: question.choices }, (_unused, index) => index);
	const pictures = indexes.map((index) => pictureOf(`${question.lastText}\n${index}`));
	const kind = question.variant === "edit" ? "image_edit" : "image_generation";
	const event = (type: string, more: object) =>
		framing.event({ type: `${kind}.${type}`, ...more, ...facts }, `${kind}.${type}`);
	let shown = 0;
	const partial = () => {
		const json = { b64_json: pictureOf(`${question.lastText}\nunfinished ${shown}`), partial_image_index: shown };
		shown += 1;
		return event("partial_image", json);
	};
	return {
		opening: () => [],
		piece: () => (shown < question.inputs.length ? [partial()] : []),
		empty: () => [],
		finish: (_reason, completion) =>
			pictures.map((b64_json) => event("completed", { b64_json, usage: usageIn(head.counts(completion)) })),
		usage: () => "",
		last: () => framing.last,
		failure: (error) => framing.event(openaiBody(error)),
		body: (pieces) => bodyOf(question, pictures, { created, counts: head.counts(pieces.length) }),
	};
}

interface Made {
	/** Seconds since 1970. */
	readonly created: number;
	readonly counts: Counts | undefined;
}

function bodyOf({ variant, wantsUrl }: Question, pictures: readonly string[], { created, counts }: Made): object {
	switch (variant) {
		case "gemini":
			return {
				candidates: pictures.map((data) => ({
					content: { role: "model", parts: [{ inlineData: { mimeType: "image/png", data } }] },
					finishReason: "STOP",
				})),
				...(counts && {
					usageMetadata: {
						promptTokenCount: counts.prompt,
						candidatesTokenCount: counts.completion,
						totalTokenCount: counts.prompt + counts.completion,
					},
				}),
			};
		case "imagen":
			return {
				predictions: pictures.map((bytesBase64Encoded) => ({ bytesBase64Encoded, mimeType: "image/png" })),
			};
		case "amazon":
			return { images: pictures };
		case "stability":
			return { images: pictures, seeds: pictures.map(() => 1), finish_reasons: pictures.map(() => null) };
		default:
			return {
				created,
				data: pictures.map((data) => (wantsUrl ? { url: `data:image/png;base64,${data}` } : { b64_json: data })),
				output_format: "png",
				usage: usageIn(counts),
			};
	}
}

function usageIn(counts: Counts | undefined): object | undefined {
	if (counts === undefined) return undefined;
	const { prompt, completion } = counts;
	return {
		input_tokens: prompt,
		input_tokens_details: { text_tokens: prompt, image_tokens: 0 },
		output_tokens: completion,
		total_tokens: prompt + completion,
	};
}
