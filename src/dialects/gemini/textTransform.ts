/** Changes the text of Gemini's answers as they pass; thoughts and calls stay as they are. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { EventFramer, mapEvents } from "../../streaming/eventFraming.js";
import type { TextMapper, TextTransform } from "../../streaming/transform.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";

export const textTransform: TextTransform = (isStream, makeMapper) => {
	if (!isStream)
		return {
			push(piece) {
				const json = parseObject(piece.bytes.toString());
				if (!Array.isArray(json?.candidates)) return piece;
				for (const candidate of json.candidates) if (isObject(candidate)) mapCandidate(candidate, makeMapper(), true);
				return Buffer.from(JSON.stringify(json));
			},
			end: () => Buffer.alloc(0),
		};
	const mappers = new Map<unknown, TextMapper>();
	const framer = new EventFramer();
	const mapperOf = (index: unknown) => {
		const mapper = mappers.get(index) ?? makeMapper();
		mappers.set(index, mapper);
		return mapper;
	};
	const map = (bytes: Buffer) =>
		mapEvents(bytes, (data) => {
			const json = parseObject(data);
			if (!Array.isArray(json?.candidates)) return {};
			for (const candidate of json.candidates.filter(isObject))
				mapCandidate(candidate, mapperOf(candidate.index ?? 0), textIn(candidate.finishReason) !== "");
			return { data: JSON.stringify(json) };
		});
	return { push: ({ bytes }) => map(framer.push(bytes)), end: () => map(framer.end()) };
};

function mapCandidate(candidate: Json, mapper: TextMapper, isLast: boolean): void {
	const content: Json = isObject(candidate.content) ? candidate.content : { role: "model" };
	const parts = listIn(content.parts).filter(isObject);
	for (const part of parts) if (isText(part)) part.text = mapper(textIn(part.text), false);
	if (!isLast) return;
	const rest = mapper("", true);
	if (rest === "") return;
	const last = parts.findLast(isText);
	if (last === undefined) parts.push({ text: rest });
	else last.text = textIn(last.text) + rest;
	candidate.content = { ...content, parts };
}

function isText({ text, thought }: Json): boolean {
	return typeof text === "string" && thought !== true;
}
