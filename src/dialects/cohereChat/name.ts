/** As `dialects` of the configuration names it. */
export const dialectName = "cohere.chat";
