/** A small identity provider on loopback. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { onTestFinished } from "vitest";
import { sendJson } from "./aiHost.js";

export const audience = "llmgw";
export const seconds = () => Math.floor(Date.now() / 1000);

/** Whose keys and answers a test changes. */
export async function startIssuer() {
	const keys: object[] = [];
	const asked: string[] = [];
	const issuer = {
		url: "",
		asked,
		/** The URL of its discovery document. */
		discovery: {} as Record<string, unknown>,
		fails: false,
		/** Has another key from now on, beside the ones before or in their place. */
		async rotate(alg = "ES256", { replaces = true } = {}) {
			const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
			const kid = `key-${keys.length}-${Math.random()}`;
			if (replaces) keys.length = 0;
			keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: "sig" });
			return (claims: JWTPayload, issuedBy = issuer.url) =>
				new SignJWT({ iss: issuedBy, aud: audience, sub: "ada", exp: seconds() + 600, ...claims })
					.setProtectedHeader({ alg, kid })
					.sign(privateKey);
		},
	};
	const server = createServer((request, response) => {
		asked.push(request.url ?? "");
		if (issuer.fails) return sendJson(response, {}, 500);
		if (request.url === "/.well-known/openid-configuration")
			return sendJson(response, { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...issuer.discovery });
		sendJson(response, { keys });
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return issuer;
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;
