/** A request without what its target is known to refuse: members spliced out of its bytes, betas out of its header. */
import { type BodyBytes, piecesOf } from "../../json/bodyBytes.js";
import { parseObject } from "../../json/parseObject.js";
import { type Place, withoutPlaces } from "../../json/withoutPlaces.js";
import type { IncomingHeaders } from "../headers.js";
import { belongsTo, membersOf } from "./featurePairs.js";
import { nameOfBeta, type Refused } from "./lesson.js";
import { type Found, membersAt } from "./places.js";
import { mayBeLeftOut } from "./safety.js";

const betaHeader = "anthropic-beta";
/** Bedrock and Vertex have betas in the body. */
const betaMembers = ["anthropic_beta", "betas"];

/**
 * @param dropped gets the names of what is left out
 * @returns the same body if nothing is
 */
export function bodyWithout(body: BodyBytes, refused: readonly Refused[], dropped: Set<string>): BodyBytes {
	const pieces = piecesOf(body);
	const bytes = pieces.length === 1 ? body.bytes : Buffer.concat(pieces);
	const places = placesOf(parseObject(bytes.toString()), refused, dropped);
	return places.length === 0 ? body : { bytes: withoutPlaces(bytes, places) };
}

/** @returns the same headers if nothing is left out of them */
export function headersWithout(
	headers: IncomingHeaders,
	refused: readonly Refused[],
	dropped: Set<string>,
): IncomingHeaders {
	const given = headers[betaHeader];
	if (given === undefined || refused.length === 0) return headers;
	const betas = betasIn(given);
	const kept = betas.filter((beta) => !isRefused(beta, refused));
	if (kept.length === betas.length) return headers;
	for (const beta of betas) if (!kept.includes(beta)) dropped.add(nameOfBeta(beta));
	const { [betaHeader]: _given, ...others } = headers;
	return kept.length === 0 ? others : { ...others, [betaHeader]: kept.join(",") };
}

/** The request says it: it can be left out. */
export function isThere(refused: Refused, json: unknown, headers: IncomingHeaders): boolean {
	if (placesOf(json, [refused], new Set()).length > 0) return true;
	return refused.kind === "beta" && betasIn(headers[betaHeader] ?? "").includes(refused.name);
}

function betasIn(given: string | string[]): string[] {
	return String(given)
		.split(",")
		.map((beta) => beta.trim())
		.filter((beta) => beta !== "");
}

function isRefused(beta: string, refused: readonly Refused[]): boolean {
	return refused.some(({ kind, name }) => (kind === "beta" ? name === beta : belongsTo(beta, name)));
}

function placesOf(json: unknown, refused: readonly Refused[], dropped: Set<string>): Place[] {
	const places: Place[] = [];
	for (const one of refused)
		for (const name of one.kind === "member" ? [one.name] : membersOf(one.name)) {
			const found = membersAt(json, name).filter((member) => isMeant(member, one));
			if (found.length > 0) dropped.add(name);
			places.push(...found.map(({ place }) => place));
		}
	return [...places, ...betasInBody(json, refused, dropped)];
}

function isMeant({ place, value }: Found, { value: refused }: Refused): boolean {
	return mayBeLeftOut(place, value) && (refused === undefined || value === refused);
}

function betasInBody(json: unknown, refused: readonly Refused[], dropped: Set<string>): Place[] {
	const places = betaMembers.flatMap((name) => membersAt(json, `${name}.*`));
	return places.flatMap(({ place, value }) => {
		if (typeof value !== "string" || !isRefused(value, refused)) return [];
		dropped.add(nameOfBeta(value));
		return [place];
	});
}
