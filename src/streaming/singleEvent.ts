/** An event that came alone, and what is known of it. */
import type { RepeatedText } from "../dialects/repeatedText.js";

/** One event that makes up a piece of a stream: the very `bytes` that were passed on. */
export type SingleEvent = RepeatedText | { readonly bytes: Buffer; readonly json: Record<string, unknown> };
