/** Names of members that Ollama's requests and answers have, for whoever looks for them without reading all else. */

/** Token counts of a whole answer, which stand beside all else. */
export const countMembers: readonly string[] = ["prompt_eval_count", "eval_count"];

/** Before the names of options that Ollama alone has, among what only a client's dialect knows. */
export const optionPrefix = "options.";

/** What limits an answer's length, among a request's `options`. */
export const limitNames: readonly string[] = ["num_predict"];
