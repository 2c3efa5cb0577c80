/** Reads in an upstream's refusal which members of the request, or betas, it does not take. */
import { isObject } from "../../json/isObject.js";
import { segmentsOf } from "./places.js";
import {
	betaName,
	codeOfValues,
	codesOfMembers,
	noReasoning,
	phrases,
	refusedBetas,
	typesOfItems,
	wishesForReasoning,
} from "./refusalWords.js";

export type Complaint =
	| { readonly kind: "member"; readonly segments: readonly string[]; readonly isOfValue: boolean }
	| { readonly kind: "beta"; readonly name: string };

/** Longer messages are read to here, and more of them not at all. */
const maxTextLength = 4096;
const maxTexts = 32;
const maxComplaints = 16;

/** @returns none for a refusal of another kind */
export function readRefusal(body: Buffer): Complaint[] {
	const json = parsed(body.toString());
	const complaints = [...complaintsOfItems(json), ...textsIn(json).flatMap(complaintsInText)];
	return distinct(complaints).slice(0, maxComplaints);
}

function parsed(text: string): unknown {
	try {
		const json: unknown = JSON.parse(text);
		// Google's streams that aren't events are lists.
		return Array.isArray(json) ? json[0] : json;
	} catch {
		return text;
	}
}

/** `param` of OpenAI's errors, and pydantic's lists of errors. */
function complaintsOfItems(json: unknown): Complaint[] {
	if (!isObject(json)) return [];
	const error = isObject(json.error) ? json.error : json;
	const { code, type, param } = error;
	const word = [code, type].find((one) => codesOfMembers.has(String(one)) || one === codeOfValues);
	const named = word !== undefined && typeof param === "string" ? [member(param, word === codeOfValues)] : [];
	return [...named, ...itemsIn(json).flatMap(complaintOfItem)];
}

function complaintOfItem({ type, loc }: Record<string, unknown>): Complaint[] {
	if (!typesOfItems.has(String(type)) || !Array.isArray(loc)) return [];
	return [{ kind: "member", segments: loc.map(String), isOfValue: false }];
}

/** Lists of errors, wherever the vendor has them. */
function itemsIn(json: Record<string, unknown>): Record<string, unknown>[] {
	const { detail, details, errors, message, error } = json;
	const inner = [message, error].filter(isObject).flatMap(itemsIn);
	return [...[detail, details, errors].flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : [])), ...inner];
}

/** Texts for people. What the request itself said (`input`, `value`) is none of them. */
function textsIn(json: unknown): string[] {
	if (typeof json === "string") return [json];
	if (!isObject(json)) return [];
	const { error, message, detail, msg, description } = json;
	const own = [error, message, detail, msg, description].flatMap((value) =>
		Array.isArray(value) ? [] : textsIn(value),
	);
	const lists = [json.detail, json.details, json.errors, json.fieldViolations, json.field_violations];
	return [...own, ...lists.flatMap((list) => (Array.isArray(list) ? list.flatMap(textsIn) : []))].slice(0, maxTexts);
}

function complaintsInText(whole: string): Complaint[] {
	const text = whole.slice(0, maxTextLength);
	const members = phrases.flatMap(({ words, isOfValue = false }) =>
		[...text.matchAll(words)].flatMap(({ groups = {} }) => namesIn(groups, isOfValue)),
	);
	const wishes = noReasoning.test(text) ? wishesForReasoning.map((name) => member(name, false)) : [];
	return [...betasIn(text), ...members, ...wishes];
}

function namesIn({ name = "", place = "" }: Record<string, string | undefined>, isOfValue: boolean): Complaint[] {
	// Python's tuple is one place, Azure's list several names.
	if (/['"]/.test(name)) return [{ kind: "member", segments: name.split(",").map(unquoted), isOfValue }];
	return name.split(",").map((one) => {
		const { segments } = member(one.trim().replace(/\.$/, ""), isOfValue);
		return { kind: "member", segments: [...(place === "" ? [] : segmentsOf(place)), ...segments], isOfValue };
	});
}

function unquoted(text: string): string {
	return text.trim().replace(/^['"]|['"]$/g, "");
}

function member(name: string, isOfValue: boolean) {
	return { kind: "member", segments: segmentsOf(name), isOfValue } as const;
}

function betasIn(text: string): Complaint[] {
	if (!/beta/i.test(text)) return [];
	const values = refusedBetas.exec(text)?.groups?.values ?? "";
	return (values.match(betaName) ?? []).map((name) => ({ kind: "beta", name }));
}

function distinct(complaints: readonly Complaint[]): Complaint[] {
	const seen = new Map<string, Complaint>();
	for (const complaint of complaints) {
		const key = complaint.kind === "beta" ? complaint.name : complaint.segments.join("/");
		if (!seen.has(key)) seen.set(key, complaint);
	}
	return [...seen.values()];
}
