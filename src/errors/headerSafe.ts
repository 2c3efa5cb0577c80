/** What can be sent in a header. */

/** A credential as it is. @throws Error where it can't be sent in a header, without showing it. */
export function headerSafe(key: string): string {
	if (!/^[\x21-\x7e]+$/.test(key)) throw new Error("must be visible ASCII characters without spaces");
	return key;
}
