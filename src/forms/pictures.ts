/** The pictures of a form as JSON has them. */
import type { Form } from "./form.js";

/** What a file begins with, in hexadecimal, and what it then is. */
const signatures: readonly (readonly [RegExp, string])[] = [
	[/^89504e47/, "image/png"],
	[/^ffd8ff/, "image/jpeg"],
	[/^52494646.{8}57454250/, "image/webp"],
	[/^47494638/, "image/gif"],
];
const longestSignature = 12;

/**
 * @param form that is whole
 * @returns its files as data URLs, by their names without brackets; several of a name as a list
 */
export async function picturesOf({ files }: Form): Promise<Record<string, string | string[]>> {
	const members = new Map<string, string[]>();
	for (const file of files) {
		const name = file.name.replace(/\[\w*\]$/, "");
		const content = await file.content();
		const url = `data:${typeOf(content, file.type)};base64,${content.toString("base64")}`;
		members.set(name, [...(members.get(name) ?? []), url]);
	}
	return Object.fromEntries([...members].map(([name, urls]) => [name, urls.length === 1 ? (urls[0] as string) : urls]));
}

/** Clients name the type of a file by its ending, if at all. */
function typeOf(content: Buffer, named: string | undefined): string {
	const beginning = content.toString("hex", 0, longestSignature);
	return signatures.find(([signature]) => signature.test(beginning))?.[1] ?? named ?? "application/octet-stream";
}
