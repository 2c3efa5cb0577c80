/** As the contract's `x-dialect` names Anthropic's Messages. */
export const dialectName = "anthropic.messages";
