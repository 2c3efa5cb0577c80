/** Names of members that upstreams read, or the gateway in a body that its contract describes otherwise or not at all. */
import type { NameTree } from "../json/memberNames.js";

function leaves(names: string): NameTree {
	return Object.fromEntries(names.split(/\s+/).map((name) => [name, {}]));
}

/** Members that bound an answer: several vendors' names. */
const bounds = leaves(
	"max_tokens max_completion_tokens max_output_tokens max_new_tokens max_length n_predict num_predict n best_of num_ctx",
);

const part: NameTree = leaves(
	"type text refusal thinking image_url input_audio audio_url video_url file file_data document_url image_embeds",
);

const message: NameTree = {
	...leaves("role name tool_call_id reasoning reasoning_content images prefix function_call"),
	content: part,
	tool_calls: leaves("id type function"),
};

/** Top-level members of requests that are forwarded. */
export const upstreamNames: NameTree = {
	...bounds,
	...leaves("model models fallbacks model_name model_id engine deployment adapter adapter_id lora provider route"),
	...leaves("api_key api_base base_url api_version organization"),
	...leaves("stream prompt suffix system template raw context echo images instructions grammar format keep_alive"),
	...leaves("stop stop_token_ids ignore_eos temperature top_p top_k min_p seed logprobs top_logprobs logit_bias"),
	...leaves("tools tool_choice functions function_call guided_json guided_regex guided_grammar guided_choice"),
	...leaves("chat_template chat_template_kwargs add_generation_prompt continue_final_message"),
	...leaves("reasoning reasoning_effort thinking think enable_thinking store metadata user safety_identifier"),
	...leaves("prompt_cache_key service_tier encoding_format dimensions truncate json_schema schema"),
	messages: message,
	input: { ...message, ...part },
	extra_body: { ...bounds, ...leaves("model models fallbacks options") },
	options: { ...bounds, ...leaves("temperature seed stop") },
	stream_options: leaves("include_usage continuous_usage_stats"),
	response_format: leaves("type json_schema schema"),
	structured_outputs: leaves("json regex choice grammar"),
};
