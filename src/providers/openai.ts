/** OpenAI's own API. */
import { openaiCompatible } from "./openaiCompatible.js";
import type { Provider } from "./provider.js";

export const openai: Provider = { ...openaiCompatible, name: "openai" };
