/** Changes the text of transcripts as they pass: of JSON, plain text, subtitles and streams. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { EventFramer, mapEvents, sseBytes } from "../../streaming/eventFraming.js";
import { noBytes, unread } from "../../streaming/piece.js";
import type { Passed, TextMapper, TextTransform, Transform } from "../../streaming/transform.js";
import type { Json } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { textTransform as chunkTransform } from "../openai/textTransform.js";

type MakeMapper = () => TextMapper;

/** The whole text, each segment and each word have mappers of their own. */
export const textTransform: TextTransform = (isStream, makeMapper) =>
	isStream ? streamTransform(makeMapper) : bodyTransform(makeMapper);

function bodyTransform(makeMapper: MakeMapper): Transform {
	return {
		push: ({ bytes }) => Buffer.from(mapBody(bytes.toString(), makeMapper)),
		end: () => noBytes,
	};
}

function mapBody(body: string, makeMapper: MakeMapper): string {
	const json = parseObject(body);
	if (json !== undefined) return JSON.stringify(mapTranscript(json, makeMapper));
	if (body.startsWith('"')) return mapQuoted(body, makeMapper);
	return cueTimes.test(body) ? mapSubtitles(body, makeMapper) : makeMapper()(body, true);
}

function mapTranscript(json: Json, makeMapper: MakeMapper): Json {
	mapMember(json, "text", makeMapper);
	for (const segment of listIn(json.segments)) {
		if (!isObject(segment)) continue;
		mapMember(segment, "text", makeMapper);
		mapWords(segment, makeMapper);
	}
	mapWords(json, makeMapper);
	return json;
}

function mapWords({ words }: Json, makeMapper: MakeMapper): void {
	for (const word of listIn(words)) if (isObject(word)) mapMember(word, "word", makeMapper);
}

function mapMember(json: Json, name: string, makeMapper: MakeMapper): void {
	const text = json[name];
	if (typeof text === "string") json[name] = makeMapper()(text, true);
}

/** A text that JSON has in quotes. */
function mapQuoted(body: string, makeMapper: MakeMapper): string {
	try {
		return JSON.stringify(makeMapper()(String(JSON.parse(body)), true));
	} catch {
		return makeMapper()(body, true);
	}
}

/** The line of a cue that says from when to when it is shown. */
const cueTimes = /^(?:\d+:)?\d\d:\d\d[.,]\d{1,3}[ \t]+-->.*$/m;

/** The text of SubRip's and WebVTT's cues; times, numbers and what stands before the first cue stay. A cue's text may have empty lines. */
function mapSubtitles(body: string, makeMapper: MakeMapper): string {
	let isHead = true;
	const map = (block: string) => {
		const times = cueTimes.exec(block);
		isHead &&= times === null;
		if (isHead) return block;
		const start = times === null ? 0 : block.indexOf("\n", times.index + times[0].length) + 1;
		return times !== null && start === 0 ? block : block.slice(0, start) + makeMapper()(block.slice(start), true);
	};
	return body
		.split(/((?:\r?\n){2,})/)
		.map((part, at) => (at % 2 === 0 && part !== "" ? map(part) : part))
		.join("");
}

/** OpenAI's events; vLLM's chunks are those of a chat. */
function streamTransform(makeMapper: MakeMapper): Transform {
	const framer = new EventFramer();
	const chunks = chunkTransform(true, makeMapper);
	let mapper: TextMapper | undefined;
	const rest = () => {
		const text = mapper?.("", true) ?? "";
		mapper = undefined;
		return text === "" ? "" : sseBytes(JSON.stringify({ type: "transcript.text.delta", delta: text })).toString();
	};
	const map = (bytes: Buffer) =>
		mapEvents(bytes, (data) => {
			const json = parseObject(data);
			if (json?.type === "transcript.text.delta" && typeof json.delta === "string") {
				mapper ??= makeMapper();
				return { data: JSON.stringify({ ...json, delta: mapper(json.delta, false) }) };
			}
			if (json?.type === "transcript.text.segment") return { data: JSON.stringify(mapTranscript(json, makeMapper)) };
			if (json?.type !== "transcript.text.done") return {};
			return { before: rest(), data: JSON.stringify(mapTranscript(json, makeMapper)) };
		});
	const mapped = (bytes: Buffer) => chunks.push(unread(map(bytes)));
	return {
		push: ({ bytes }) => mapped(framer.push(bytes)),
		async end() {
			const last = await mapped(framer.end());
			return Buffer.concat([bytesOf(last), Buffer.from(rest()), await chunks.end()]);
		},
	};
}

function bytesOf(passed: Passed): Buffer {
	return Buffer.isBuffer(passed) ? passed : (passed?.bytes ?? noBytes);
}
