/** As `dialects` of the configuration names it. */
export const dialectName = "ollama.generate";
