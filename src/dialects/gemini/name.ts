/** As `x-dialect` in the contract names it. */
export const dialectName = "gemini.generate_content";
