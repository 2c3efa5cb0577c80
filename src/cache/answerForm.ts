/** The form of an answer: whose wire format it has, and whether it is a stream. */
import type { IncomingHttpHeaders } from "node:http";
import type { Dialect, Json } from "../dialects/dialect.js";
import { canonical } from "./canonical.js";

/** Two answers of one form differ in what they say alone, so that their bytes stand for each other. */
export interface AnswerForm {
	/** The dialect's name. */
	readonly dialect: string;
	readonly isStream: boolean;
	/** What else changes it. */
	readonly variant: string;
}

export function formOf({ name }: Dialect, json: Json, headers: IncomingHttpHeaders): AnswerForm {
	const isStream = json.stream === true;
	const options = isStream && json.stream_options != null ? canonical(json.stream_options).text : "";
	return { dialect: name, isStream, variant: [options, headers["anthropic-version"] ?? ""].join(" ").trim() };
}

export function isSameForm(one: AnswerForm, other: AnswerForm): boolean {
	return one.dialect === other.dialect && one.isStream === other.isStream && one.variant === other.variant;
}
