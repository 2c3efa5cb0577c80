/** An answer that is kept, on its way to a client. */
import type { Dialect } from "../dialects/dialect.js";
import { AnswerLog } from "../replay/answerLog.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { AnswerForm } from "./answerForm.js";

/** @param headers beside those of its form */
export function keptAnswer(
	body: Buffer,
	dialect: Dialect,
	{ isStream }: Pick<AnswerForm, "isStream">,
	headers: Readonly<Record<string, string>>,
): ResponseStream {
	const log = new AnswerLog("", Number.POSITIVE_INFINITY);
	log.begin({
		status: 200,
		headers: { ...headers, "content-type": isStream ? "text/event-stream" : "application/json" },
		contentLength: isStream ? undefined : body.length,
		isStream,
	});
	log.add(body);
	log.end();
	const answer = log.read();
	answer.dialect = dialect;
	return answer;
}
