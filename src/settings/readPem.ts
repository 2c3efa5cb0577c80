/** PEM files: certificates, and private keys. */
import { readFileSync } from "node:fs";

/**
 * The text of a PEM file. @throws Error when it can't be read or holds nothing of that kind; what should have been a
 * file's name is not shown where it is PEM itself.
 */
export function readPem(file: string, kind: "certificate" | "private key" = "certificate"): string {
	if (file.includes("-----BEGIN")) throw new Error(`must name a file, not hold the ${kind} itself`);
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		throw new Error(`can't read ${file} (${(error as NodeJS.ErrnoException).code ?? error})`);
	}
	const label = kind === "certificate" ? /-----BEGIN CERTIFICATE-----/ : /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
	if (!label.test(text)) throw new Error(`${file} holds no PEM ${kind}`);
	return text;
}
