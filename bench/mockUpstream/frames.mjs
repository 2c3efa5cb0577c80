/**
 * The bytes the mock upstream answers with, made once; every streamed frame carries its stream's and
 * its own number, so that whoever reads it can prove that none is lost, doubled, reordered or mixed up.
 */

/** As long as vLLM's and llama.cpp's. */
const ID = "chatcmpl-4f0c9a7be1d24c5d8a3f6b2e90d17c48";

const message = { role: "assistant", content: "" };
const whole = {
	id: ID,
	object: "chat.completion",
	created: 1700000000,
	model: "bench",
	choices: [
		{
			index: 0,
			message,
			logprobs: null,
			finish_reason: "stop",
		},
	],
	usage: { prompt_tokens: 200, completion_tokens: 160, total_tokens: 360 },
};
message.content = "word ".repeat(205).slice(0, 1024 - JSON.stringify(whole).length);

const FRAME_START =
	`data: {"id":"${ID}","object":"chat.completion.chunk","created":1700000000,` +
	'"model":"bench","choices":[{"index":0,"delta":{"content":" ';
const FRAME_STOP = '"},"logprobs":null,"finish_reason":null}]}\n\n';
const LAST_STOP = FRAME_STOP.replace('"finish_reason":null', '"finish_reason":"stop"');

export const STREAM_HEAD =
	"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n" +
	"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";

export const WHOLE = answer(200, JSON.stringify(whole));
export const MODELS = answer(
	200,
	'{"object":"list","data":[{"id":"bench-whole","object":"model","created":1700000000,"owned_by":"bench"}]}',
);
export const CUT_JSON = answer(200, JSON.stringify(whole).slice(0, 500));
export const GARBAGE = Buffer.from("\x00\x16\x03 this is not HTTP\r\n\r\n\xff\xfe", "latin1");

/** @param {number} status */
export function failure(status) {
	const error = { message: `bench: failing with ${status}`, type: "server_error", param: null };
	return answer(status, JSON.stringify({ error: { ...error, code: "bench" } }));
}

/**
 * One numbered frame as an HTTP chunk.
 * @param {string} stream
 * @param {number} number
 */
export function frame(stream, number) {
	return chunk(`${FRAME_START}${stream}.${number}${FRAME_STOP}`);
}

/**
 * The stream's end: a last frame that tells how many went before, `[DONE]`, and the closing chunk.
 * @param {string} stream
 * @param {number} frames
 */
export function ending(stream, frames) {
	return `${chunk(`${FRAME_START}${stream}.end${frames}${LAST_STOP}data: [DONE]\n\n`)}0\r\n\r\n`;
}

/** @param {string} text ASCII only */
function chunk(text) {
	return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/**
 * @param {number} status
 * @param {string} body
 */
function answer(status, body) {
	const reason = status === 200 ? "OK" : "Failed";
	const head = `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/json\r\n`;
	return Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
