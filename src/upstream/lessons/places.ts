/** Where members stand in a request: as errors write it, and as lessons do, with a star for any index of a list. */
import { isObject } from "../../json/isObject.js";
import type { Place } from "../../json/withoutPlaces.js";

/** Words before the first member, where a validator begins with the request itself. */
const ofRequest = new Set(["", "#", "$", "body", "request", "root"]);
const anyIndex = "*";

/** Vendors name `max_tokens` as `maxTokens`, and the other way round. */
export function plain(name: string): string {
	return name.replaceAll("_", "").toLowerCase();
}

/** `messages[0].content`, `messages.0.content` or `/messages/0/content`. */
export function segmentsOf(text: string): string[] {
	return text
		.replace(/\[["']?([^\]"']*)["']?\]/g, ".$1")
		.split(/[./]/)
		.filter((segment, index) => segment !== "" || index > 0);
}

/**
 * Where in a request the member is that an error names. Validators put names of a union's kinds between (`tools.0.custom.strict`).
 *
 * @returns undefined if there is no such member
 */
export function findPlace(json: unknown, segments: readonly string[]): Place | undefined {
	let value = json;
	const place: string[] = [];
	for (const [index, segment] of segments.entries()) {
		const step = stepInto(value, segment);
		if (step !== undefined) {
			place.push(step.name);
			value = step.value;
		} else if (index === segments.length - 1 || (place.length === 0 && !ofRequest.has(segment))) return undefined;
	}
	return place.length === 0 ? undefined : place;
}

function stepInto(value: unknown, segment: string): { name: string; value: unknown } | undefined {
	if (Array.isArray(value)) {
		const index = /^\d{1,9}$/.test(segment) ? Number(segment) : -1;
		return index in value ? { name: anyIndex, value: value[index] } : undefined;
	}
	if (!isObject(value)) return undefined;
	const name = Object.hasOwn(value, segment) ? segment : nameLike(value, segment);
	return name === undefined ? undefined : { name, value: value[name] };
}

function nameLike(object: Record<string, unknown>, name: string): string | undefined {
	const wanted = plain(name);
	return Object.keys(object).find((key) => plain(key) === wanted);
}

export interface Found {
	readonly place: Place;
	readonly value: unknown;
}

/** All members of a request that stand at a lesson's place. */
export function membersAt(json: unknown, name: string): Found[] {
	let found: Found[] = [{ place: [], value: json }];
	for (const segment of name.split(".")) found = found.flatMap((one) => below(one, segment));
	return found;
}

function below({ place, value }: Found, segment: string): Found[] {
	if (Array.isArray(value)) {
		if (segment !== anyIndex) return [];
		return value.map((item, index) => ({ place: [...place, String(index)], value: item }));
	}
	const step = segment === anyIndex ? undefined : stepInto(value, segment);
	return step === undefined ? [] : [{ place: [...place, step.name], value: step.value }];
}
