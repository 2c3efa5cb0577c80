/** Changes the text of Ollama's answers as they pass; thoughts and calls stay as they are. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { EventFramer, mapEvents } from "../../streaming/eventFraming.js";
import { noBytes } from "../../streaming/piece.js";
import type { TextMapper, TextTransform } from "../../streaming/transform.js";
import type { Json } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import type { AnswerShape } from "./shape.js";

export function textTransformOf({ member }: AnswerShape): TextTransform {
	const isAnswer = (json: Json | undefined): json is Json =>
		json !== undefined && (member === "message" ? isObject(json.message) : typeof json.response === "string");
	const map = (json: Json, mapper: TextMapper, isLast: boolean) => {
		const place = member === "message" ? (json.message as Json) : json;
		const name = member === "message" ? "content" : "response";
		place[name] = mapper(textIn(place[name]), isLast);
	};
	return (isStream, makeMapper) => {
		if (!isStream)
			return {
				push(piece) {
					const json = parseObject(piece.bytes.toString());
					if (!isAnswer(json)) return piece;
					map(json, makeMapper(), true);
					return Buffer.from(JSON.stringify(json));
				},
				end: () => noBytes,
			};
		const mapper = makeMapper();
		const framer = new EventFramer();
		const mapped = (bytes: Buffer) =>
			mapEvents(bytes, (data) => {
				const json = parseObject(data);
				if (!isAnswer(json)) return {};
				map(json, mapper, json.done === true);
				return { data: JSON.stringify(json) };
			});
		return { push: ({ bytes }) => mapped(framer.push(bytes)), end: () => mapped(framer.end()) };
	};
}
