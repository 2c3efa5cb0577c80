/** What can be told of an answer that came in one body, without parsing it. */

/** It begins and ends like a JSON object, which half an answer, a page of HTML or nothing does not. */
export function isJsonObject(pieces: readonly Buffer[]): boolean {
	const first = pieces[0]?.toString("latin1", 0, 64).trimStart();
	const last = pieces.at(-1)?.subarray(-64).toString("latin1").trimEnd();
	return first?.startsWith("{") === true && last?.endsWith("}") === true;
}

/** Its first member is an error. */
export function saysError([first]: readonly Buffer[]): boolean {
	return first !== undefined && /^\s*\{\s*"error"\s*:\s*[{"]/.test(first.toString("latin1", 0, 100));
}
