/** As the contract's `x-dialect` names OpenAI's chat completions. */
export const dialectName = "openai.chat";
