/** Checks credentials for use in headers. */

/** @returns the credential unchanged. @throws Error, without showing it, if it can't be sent in a header */
export function headerSafe(key: string): string {
	if (!/^[\x21-\x7e]+$/.test(key)) throw new Error("must be visible ASCII characters without spaces");
	return key;
}
