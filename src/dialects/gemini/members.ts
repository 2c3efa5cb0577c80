/** Members of Google's JSON. Clients write their names in camelCase or in snake_case: its API takes both (ProtoJSON). */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";

const snakeNames = new Map<string, string>();

function snakeOf(name: string): string {
	let snake = snakeNames.get(name);
	if (snake === undefined) {
		snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
		snakeNames.set(name, snake);
	}
	return snake;
}

export function camelOf(name: string): string {
	return name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

/** @param name in camelCase */
export function memberIn(json: Json, name: string): unknown {
	return json[name] ?? json[snakeOf(name)];
}

export function textMember(json: Json, name: string): string {
	return textIn(memberIn(json, name));
}

/** @returns an empty object for what is none */
export function objectMember(json: Json, name: string): Json {
	const value = memberIn(json, name);
	return isObject(value) ? value : {};
}

/** The objects of a list; Google's API takes a single one in its place. */
export function objectsMember(json: Json, name: string): Json[] {
	const value = memberIn(json, name);
	return (isObject(value) ? [value] : listIn(value)).filter(isObject);
}

/** Whole numbers of 64 bits are texts in ProtoJSON. */
export function numberMember(json: Json, name: string): number | undefined {
	const value = memberIn(json, name);
	if (typeof value === "number") return value;
	if (typeof value !== "string" || value.trim() === "") return undefined;
	const number = Number(value);
	return Number.isFinite(number) ? number : undefined;
}
