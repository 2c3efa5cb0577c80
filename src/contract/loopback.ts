/** Addresses of this machine alone. */

/** Only this machine can reach it. */
export function isLoopback(address: string): boolean {
	return address === "::1" || address === "localhost" || /^(::ffff:)?127\./.test(address);
}
