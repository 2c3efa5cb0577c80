/** Excerpts of streams as hosts send them, each broken at every place and given again. */
import { expect, test } from "vitest";
import { CompletionRecorder } from "../../src/dialects/openaiChat/recording/completionRecorder.js";
import { type Json, join, transcriptOf } from "./streams.js";

const streams: [string, string][] = [
	[
		"DeepSeek at Azure: nulls in each delta",
		`{"id":"7334","object":"chat.completion.chunk","created":1,"model":"deepseek-v4-pro","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}
{"id":"7334","object":"chat.completion.chunk","created":1,"model":"deepseek-v4-pro","choices":[{"index":0,"delta":{"role":null,"content":null,"reasoning_content":" need to","tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}
{"id":"7334","object":"chat.completion.chunk","created":2,"model":"deepseek-v4-pro","choices":[{"index":0,"delta":{"role":null,"content":"🧡💙","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}
{"id":"7334","object":"chat.completion.chunk","created":2,"model":"deepseek-v4-pro","choices":[{"index":0,"delta":{"role":null,"content":null,"reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"stop","matched_stop":1}],"usage":null}
{"id":"7334","object":"chat.completion.chunk","created":2,"model":"deepseek-v4-pro","choices":[],"usage":{"prompt_tokens":19,"total_tokens":1739,"completion_tokens":1720,"prompt_tokens_details":null,"reasoning_tokens":0}}`,
	],
	[
		"Mistral: an index in the delta, an empty name in each piece, the usage with the finish reason",
		`{"id":"735e","object":"chat.completion.chunk","created":1787234678,"model":"zai-glm-5-2","choices":[{"index":0,"delta":{"tool_calls":[{"id":"chatcmpl-tool-9f14","type":"function","function":{"name":"webSearchTool","arguments":""},"index":0}],"index":0,"content":""},"finish_reason":null,"logprobs":null}]}
{"id":"735e","object":"chat.completion.chunk","created":1787234678,"model":"zai-glm-5-2","choices":[{"index":0,"delta":{"tool_calls":[{"type":"function","function":{"name":"","arguments":"{\\"query\\": \\"current Berlin weather\\"}"},"index":0}],"index":0,"content":""},"finish_reason":null,"logprobs":null}]}
{"id":"735e","object":"chat.completion.chunk","created":1787234678,"model":"zai-glm-5-2","choices":[{"index":0,"delta":{"index":0,"content":""},"finish_reason":"tool_calls","logprobs":null}],"usage":{"prompt_tokens":171,"total_tokens":185,"completion_tokens":14,"prompt_tokens_details":{"cached_tokens":128}}}`,
	],
	[
		"Qwen at Alibaba: empty ids, a last piece that says nothing, no role first",
		`{"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"id":"call_eee1","type":"function","function":{"name":"weather","arguments":""}}],"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"object":"chat.completion.chunk","usage":null,"created":1770764938,"system_fingerprint":null,"model":"qwen3-max","id":"chatcmpl-8e24"}
{"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"id":"","type":"function","function":{"arguments":"{\\"location\\": \\"San Francisco"}}]},"finish_reason":null,"index":0,"logprobs":null}],"object":"chat.completion.chunk","usage":null,"created":1770764938,"system_fingerprint":null,"model":"qwen3-max","id":"chatcmpl-8e24"}
{"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"id":"","type":"function","function":{"arguments":"\\"}"}}]},"finish_reason":null,"index":0,"logprobs":null}],"object":"chat.completion.chunk","usage":null,"created":1770764938,"system_fingerprint":null,"model":"qwen3-max","id":"chatcmpl-8e24"}
{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":""},"index":0,"id":"","type":"function"}]},"index":0}],"object":"chat.completion.chunk","usage":null,"created":1770764938,"system_fingerprint":null,"model":"qwen3-max","id":"chatcmpl-8e24"}
{"choices":[{"finish_reason":"tool_calls","delta":{},"index":0,"logprobs":null}],"object":"chat.completion.chunk","usage":null,"created":1770764938,"system_fingerprint":null,"model":"qwen3-max","id":"chatcmpl-8e24"}
{"choices":[],"object":"chat.completion.chunk","usage":{"prompt_tokens":295,"completion_tokens":22,"total_tokens":317},"created":1770764938,"system_fingerprint":null,"model":"qwen3-max","id":"chatcmpl-8e24"}`,
	],
	[
		"Perplexity: the usage so far in each chunk, and sources",
		`{"id":"aced","model":"sonar","created":1780944367,"usage":{"prompt_tokens":8,"completion_tokens":1,"total_tokens":9},"citations":["https://numbergenerator.org"],"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"1"},"finish_reason":null}]}
{"id":"aced","model":"sonar","created":1780944367,"usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10},"citations":["https://numbergenerator.org"],"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":", 2"},"finish_reason":null}]}
{"id":"aced","model":"sonar","created":1780944367,"usage":{"prompt_tokens":8,"completion_tokens":3,"total_tokens":11},"citations":["https://numbergenerator.org"],"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":", 3"},"finish_reason":"stop"}]}`,
	],
];

test.each(streams)("%s: whole wherever it broke", (_host, lines) => {
	const chunks = lines.split("\n").map((line) => JSON.parse(line) as Json);
	for (let at = 0; at <= chunks.length; at += 1) {
		const sent = chunks.slice(0, at);
		const { send, departed } = join(transcriptOf(sent), chunks);
		expect(departed).toBeUndefined();
		expect(completionOf([...sent, ...send])).toEqual(completionOf(chunks));
	}
});

function completionOf(chunks: Json[]): Json {
	const recorder = new CompletionRecorder();
	for (const each of chunks) recorder.add(each);
	const { citations: _citations, ...completion } = recorder.completion("id", { created: 0, model: "m" });
	return { ...completion, created: 0 };
}
