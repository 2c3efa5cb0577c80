/** What the gateway reads of the frames of Google's Live API, which are JSON in frames of text or of bytes. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { Json, SessionFormat } from "../dialect.js";
import { modelNamed, nameInBody } from "../gemini/path.js";

const ofUsage = Buffer.from('"usageMetadata"');
const ofSetup = Buffer.from('"setup"');

/** Before the model's name, where a client was made for Vertex AI. */
const place = /^projects\/[^/]+\/locations\/[^/]+\/publishers\/google\/models\//;

/** @returns the model as routes and keys know it; undefined for what is no setup, or names none */
export function modelOfSetup(frame: Json): string | undefined {
	const { setup } = frame;
	return isObject(setup) && typeof setup.model === "string" ? modelNamed(setup.model.replace(place, "")) : undefined;
}

export const session: SessionFormat = {
	usageIn(frame) {
		if (!frame.includes(ofUsage)) return undefined;
		const usage = parseObject(frame.toString())?.usageMetadata;
		if (!isObject(usage)) return undefined;
		// What elsewhere are candidates is the response here.
		const { responseTokenCount: answer, responseTokensDetails: details, ...others } = usage;
		return { candidatesTokenCount: answer, candidatesTokensDetails: details, ...others };
	},

	/** The setup has named it. */
	modelIn: () => undefined,

	/** It refuses by closing. */
	refusalIn: () => undefined,

	renamed(frame, model) {
		if (!frame.includes(ofSetup)) return frame;
		const asked = parseObject(frame.toString());
		const named = asked && modelOfSetup(asked);
		if (asked === undefined || named === undefined) return frame;
		const setup = asked.setup as Json;
		if (modelNamed(String(setup.model)) === modelNamed(model)) return frame;
		return Buffer.from(JSON.stringify({ ...asked, setup: { ...setup, model: nameInBody(model) } }));
	},

	errorFrame: () => undefined,
};
