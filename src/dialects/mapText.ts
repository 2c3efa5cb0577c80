/** Changes the text of an answer as it passes, streamed or not, in the dialect that its client speaks. */
import type { ResponseStream } from "../streaming/responseStream.js";
import type { TextMapper } from "../streaming/transform.js";
import { textTransform } from "./openai/textTransform.js";

/**
 * Puts each text (a choice's, a block's, a part's) through a mapper of its own. All else of the answer stays; an answer that holds no text of the
 * kind (an error, a body that is not JSON) passes as it is.
 *
 * @param makeMapper called once for each text
 */
export function mapCompletionText(answer: ResponseStream, makeMapper: () => TextMapper): void {
	const { dialect } = answer;
	const transform = dialect === undefined ? textTransform : dialect.textTransform;
	if (transform !== undefined) answer.transforms.push(transform(answer.isStream, makeMapper));
}
