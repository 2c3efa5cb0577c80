/** The request's body with the upstream's own name of the model in it. */
import type { JsonBody } from "../contract/defaults.js";
import { type BodyBytes, withMembers, withSpan } from "../json/bodyBytes.js";
import { findMember } from "../json/jsonMember.js";

const modelName = Buffer.from('"model"');

/** Puts another model into a JSON body. All else stays as the client wrote it. */
export function withModel({ json, bytes, rest }: JsonBody, model: string): BodyBytes {
	const body = rest === undefined ? { bytes } : { bytes, rest };
	if (json.model === model) return body;
	const after = Buffer.from(JSON.stringify(model));
	const span = findMember(bytes, { start: 0, end: bytes.length }, modelName, true);
	if (span === undefined && json.model === undefined) return withMembers(body, `"model":${after}`);
	if (span !== undefined && JSON.parse(bytes.toString("utf8", span.start, span.end)) === json.model)
		return withSpan(body, span.start, span.end, after);
	// Where it was filled in as a default after a large body.
	const before = JSON.stringify(json.model);
	const filled = rest?.indexOf(`"model":${before}`) ?? -1;
	if (rest !== undefined && filled !== -1) {
		const start = filled + modelName.length + 1;
		return { bytes, rest: spliced(rest, start, start + Buffer.byteLength(before), after) };
	}
	// A plugin has put another one into what was parsed.
	return { bytes: Buffer.from(JSON.stringify({ ...json, model })) };
}

/** As `withModel`, for a body that need not name any. */
export function withModelIfNamed(body: BodyBytes, model: string): BodyBytes {
	const { bytes } = body;
	const span = findMember(bytes, { start: 0, end: bytes.length }, modelName, true);
	if (span === undefined) return body;
	return withSpan(body, span.start, span.end, Buffer.from(JSON.stringify(model)));
}

function spliced(bytes: Buffer, start: number, end: number, by: Buffer): Buffer {
	return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);
}
