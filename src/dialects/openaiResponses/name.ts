/** As the contract's `x-dialect` names OpenAI's responses. */
export const dialectName = "openai.responses";
