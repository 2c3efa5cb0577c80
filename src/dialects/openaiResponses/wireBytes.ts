/** Events of OpenAI's responses as bytes, each under the name that its `type` is. */
import { sseBytes } from "../../streaming/eventFraming.js";
import type { Json } from "../dialect.js";

export function eventBytes(json: Json): Buffer {
	return sseBytes(JSON.stringify(json), json.type as string);
}
