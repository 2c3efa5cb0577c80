/** Whose token a credential is, as far as the token itself says; nothing is verified, and no library needed. */

/** Whether a credential is a JWT (RFC 7519 §3) that names this issuer. */
export function isTokenOf(credential: string, issuer: string): boolean {
	const [head = "", payload, signature, ...more] = credential.split(".");
	if (!head.startsWith("eyJ") || payload === undefined || signature === undefined || more.length > 0) return false;
	try {
		const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { iss?: unknown } | null;
		return claims?.iss === issuer;
	} catch {
		return false;
	}
}
