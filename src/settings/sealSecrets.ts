/** The setting `sealSecret`: the secret in force, and earlier ones. */

/** Shorter ones could be guessed. */
const leastLength = 16;

/** @throws Error if one of them is too short */
export function secretsIn(text: string): string[] {
	const secrets = text.split(",").map((secret) => secret.trim());
	if (secrets.some((secret) => secret.length < leastLength))
		throw new Error(`must have at least ${leastLength} characters, each of them if there are several`);
	return secrets;
}
