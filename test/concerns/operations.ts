/** Operations whose answers are data, over an upstream that speaks the client's dialect and over one that doesn't: a table for tests of one concern each. */
import { expect, onTestFinished } from "vitest";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { type HostAnswer, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { audioFile, formBytes, formType, type Part } from "../kit/forms.js";
import { upstream } from "../kit/routing.js";

type Json = Record<string, unknown>;

export interface Operation {
	readonly name: string;
	/** As the contract and the labels (`gen_ai.operation.name`) name it. */
	readonly id: string;
	readonly kind: string;
	readonly path: string;
	readonly upstream: Partial<UpstreamSettings>;
	/** As the upstream names it. */
	readonly model: string;
	/** The request's members, without its model. */
	readonly asked: Json;
	/** Its file, where it is a form. */
	readonly file?: Part;
	readonly answer: HostAnswer;
	/** What the client finds in its answer. */
	readonly found: string;
	/** What is recorded; tokens as input and output. */
	readonly units: Readonly<Record<string, number>> | null;
	readonly tokens: readonly [input: number, output: number] | null;
	/** Where the upstream counts nothing, and the operation has no units. */
	readonly isEstimated?: boolean;
}

const answering =
	(body: object): HostAnswer =>
	(_request, response) =>
		sendJson(response, body);

const sounding: HostAnswer = (_request, response) =>
	void response.writeHead(200, { "content-type": "audio/mpeg" }).end("a sound");

const own = { upstream: { provider: "openai-compatible" }, model: "real-model" } as const;
const usage = { prompt_tokens: 20, total_tokens: 20 };
const picture = Buffer.from("a picture").toString("base64");
const pictures = answering({
	created: 1,
	data: [{ b64_json: picture }],
	usage: { input_tokens: 20, output_tokens: 7, total_tokens: 27 },
});
const pictureFile: Part = { name: "image", value: "a picture", filename: "a.png", type: "image/png" };

const embedding = { id: "createEmbedding", kind: "embeddings", path: "/v1/embeddings", asked: { input: "Hello" } };
const ranking = {
	...{ id: "createRerank", kind: "rerank", path: "/v1/rerank" },
	asked: { query: "Hello", documents: ["Hello AI", "Goodbye"] },
	units: { search_units: 1 },
};
const moderation = {
	...{ id: "createModeration", kind: "moderation", path: "/v1/moderations" },
	asked: { input: "Hello" },
	units: null,
};
const speech = {
	...{ id: "createSpeech", kind: "text_to_speech", path: "/v1/audio/speech" },
	asked: { input: "Hello", voice: "Kore" },
	units: { characters: 5 },
};
const transcript = {
	...{ kind: "transcription", asked: {}, file: audioFile("RIFF"), found: "Hello AI" },
	...{ answer: answering({ text: "Hello AI", usage: { type: "duration", seconds: 3 } }) },
	...{ units: { audio_seconds: 3 }, tokens: null },
};
const image = {
	...{ id: "createImage", kind: "image_generation", path: "/v1/images/generations" },
	...{ asked: { prompt: "Hello" }, found: picture, units: { images: 1 } },
};

export const operations: readonly Operation[] = [
	{
		...{ ...embedding, ...own, name: "embeddings" },
		answer: answering({ object: "list", model: "m", data: [{ index: 0, embedding: [0.25, 0.5] }], usage }),
		...{ found: "0.25", units: null, tokens: [20, 0] },
	},
	{
		...{ ...embedding, name: "embeddings over Cohere", upstream: { provider: "cohere" }, model: "embed-v4.0" },
		answer: answering({ embeddings: { float: [[0.25, 0.5]] }, meta: { billed_units: { input_tokens: 20 } } }),
		...{ found: "0.25", units: null, tokens: [20, 0] },
	},
	{
		...{ ...ranking, ...own, name: "rerankings" },
		answer: answering({ results: [{ index: 0, relevance_score: 0.75 }], usage }),
		...{ found: "0.75", tokens: [20, 0] },
	},
	{
		...{ ...ranking, name: "rerankings over TEI", upstream: { provider: "tei" }, model: "real-model" },
		answer: answering([{ index: 0, score: 0.75 }]),
		...{ found: "0.75", tokens: null },
	},
	{
		...{ ...moderation, ...own, name: "moderations" },
		answer: answering({ id: "m", model: "m", results: [{ flagged: true, categories: {}, category_scores: {} }] }),
		...{ found: "flagged", tokens: [expect.any(Number), 0] as never, isEstimated: true },
	},
	{
		...{ ...moderation, name: "moderations over a guard", upstream: { provider: "vllm" }, model: "Llama-Guard-3" },
		answer: answering({
			...{ id: "c", object: "chat.completion", model: "m" },
			choices: [{ index: 0, message: { role: "assistant", content: "unsafe\nS9" }, finish_reason: "stop" }],
			usage: { prompt_tokens: 20, completion_tokens: 7, total_tokens: 27 },
		}),
		...{ found: "illicit/violent", tokens: [20, 7] },
	},
	{ ...{ ...speech, ...own, name: "speech" }, answer: sounding, found: "a sound", tokens: null },
	{
		...{ ...speech, name: "speech over Gemini", upstream: { provider: "gemini" }, model: "gemini-2.5-flash-tts" },
		answer: answering({
			candidates: [{ content: { parts: [{ inlineData: { mimeType: "audio/L16;rate=16000", data: "AAAA" } }] } }],
			usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 7, totalTokenCount: 27 },
		}),
		...{ found: "WAVE", tokens: [20, 7] },
	},
	{ ...transcript, ...own, name: "transcripts", id: "createTranscription", path: "/v1/audio/transcriptions" },
	{
		...{ ...transcript, name: "transcripts of whisper.cpp", upstream: { provider: "whispercpp" }, model: "real-model" },
		...{ id: "createTranscription", path: "/v1/audio/transcriptions" },
		answer: answering({ task: "transcribe", text: "Hello AI", duration: 3, segments: [] }),
	},
	{ ...transcript, ...own, name: "translations", id: "createTranslation", path: "/v1/audio/translations" },
	{ ...image, ...own, name: "images", answer: pictures, tokens: [20, 7] },
	{
		...{ ...image, name: "images over Imagen", upstream: { provider: "gemini" }, model: "imagen-4.0-generate-001" },
		answer: answering({ predictions: [{ mimeType: "image/png", bytesBase64Encoded: picture }] }),
		tokens: null,
	},
	{
		...{ ...image, ...own, name: "edits of images", id: "createImageEdit", path: "/v1/images/edits" },
		...{ file: pictureFile, answer: pictures, tokens: [20, 7] },
	},
	{
		...{ ...image, ...own, name: "variations of images", id: "createImageVariation", path: "/v1/images/variations" },
		...{ asked: {}, file: pictureFile, answer: pictures, tokens: [20, 7] },
	},
];

/** For `describe.each`. */
export const byName = operations.map((operation) => [operation.name, operation] as const);

export function hostFor(operation: Operation, answer = operation.answer): Promise<TestHost> {
	return startAiHost(answer).then((host) => {
		onTestFinished(() => host.close());
		return host;
	});
}

export function upstreamAt({ url }: TestHost, { upstream: settings }: Operation, name = "one") {
	return upstream(name, `${url}/v1`, { key: "sk-upstream-secret", ...settings });
}

export interface Asking {
	readonly model?: string;
	readonly secret?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly signal?: AbortSignal;
	/** Members beside the operation's own, of a request that is JSON. */
	readonly more?: Json;
}

/** Asks for `public`, unless another model is named. */
export function askFor(url: string, { path, asked, file }: Operation, options: Asking = {}): Promise<Response> {
	const { model = "public", secret, headers = {}, signal, more = {} } = options;
	const members = { model, ...asked, ...more };
	const fields = Object.entries(members).map(([name, value]): Part => ({ name, value: String(value) }));
	return fetch(url + path, {
		method: "POST",
		headers: {
			"content-type": file === undefined ? "application/json" : formType,
			...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
			...headers,
		},
		body: file === undefined ? JSON.stringify(members) : formBytes([...fields, file]),
		...(signal === undefined ? {} : { signal }),
	});
}
