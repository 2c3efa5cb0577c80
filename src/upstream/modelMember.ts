/** The request's body with the upstream's own name of the model in it. */
import { type JsonBody, withMembers } from "../contract/defaults.js";
import { findMember } from "../contract/jsonMember.js";

const modelName = Buffer.from('"model"');

type Bytes = Pick<JsonBody, "bytes" | "rest">;

/**
 * Puts another model into a JSON body. All else stays as the client wrote it, unless it names the model more than once:
 * then it is written anew, so that no host can read another name than was meant.
 */
export function withModel({ json, bytes, rest }: JsonBody, model: string): Bytes {
	if (json.model === model) return rest === undefined ? { bytes } : { bytes, rest };
	if (json.model === undefined)
		return withMembers({ bytes, ...(rest && { rest }) }, `"model":${JSON.stringify(model)}`);
	const before = JSON.stringify(json.model);
	const after = Buffer.from(JSON.stringify(model));
	const span = findMember(bytes, { start: 0, end: bytes.length }, modelName);
	// Where it was filled in as a default behind a large body.
	const filled = rest?.indexOf(`"model":${before}`) ?? -1;
	if (rest !== undefined && span === undefined && filled !== -1) {
		const start = filled + modelName.length + 1;
		return { bytes, rest: spliced(rest, start, start + Buffer.byteLength(before), after) };
	}
	const isPlain =
		span !== undefined &&
		bytes.indexOf(modelName, span.end) === -1 &&
		// Nor by a name with escaped letters, which are all from U+0064 to U+006F.
		!bytes.includes("\\u006") &&
		bytes.toString("utf8", span.start, span.end) === before;
	if (!isPlain) return { bytes: Buffer.from(JSON.stringify({ ...json, model })) };
	const replaced = spliced(bytes, span.start, span.end, after);
	return rest === undefined ? { bytes: replaced } : { bytes: replaced, rest };
}

function spliced(bytes: Buffer, start: number, end: number, by: Buffer): Buffer {
	return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);
}
