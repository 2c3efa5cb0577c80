/** Access tokens for Google's APIs: by a command, by credentials, or as Google's own libraries find them (application default credentials). */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseObject } from "../../json/parseObject.js";
import type { VertexSettings } from "../../settings/routes.js";
import type { Token } from "../expiringToken.js";
import type { Issuers } from "../tokenEndpoint.js";
import { tokenByCommand } from "./command.js";
import { type Credentials, tokenOf } from "./credentials.js";
import { metadataToken } from "./metadata.js";

/** @throws Error that says what is missing, or who refused; never with a secret in it */
export async function vertexToken(
	{ credentials, credentialsFile, tokenCommand }: VertexSettings,
	issuers: Issuers,
	environment: NodeJS.ProcessEnv = process.env,
): Promise<Token> {
	if (tokenCommand !== undefined) return tokenByCommand(tokenCommand);
	if (credentials !== undefined) return tokenOf(parsed(credentials, "`vertex.credentials`"), issuers);
	const named = credentialsFile ?? (environment.GOOGLE_APPLICATION_CREDENTIALS || undefined);
	if (named !== undefined) return tokenOf(parsed(await textOf(named), named), issuers);
	const usual = usualFile(environment);
	const text = await readFile(usual, "utf8").catch(() => undefined);
	return text === undefined ? metadataToken(environment) : tokenOf(parsed(text, usual), issuers);
}

async function textOf(file: string): Promise<string> {
	try {
		return await readFile(file, "utf8");
	} catch (error) {
		throw new Error(`can't read ${file} (${(error as NodeJS.ErrnoException).code})`);
	}
}

/** @param place for the message */
function parsed(text: string, place: string): Credentials {
	const json = parseObject(text);
	if (typeof json?.type !== "string") throw new Error(`${place} holds no credentials of Google's`);
	return json as Credentials;
}

/** Where `gcloud auth application-default login` leaves a user's. */
function usualFile({ CLOUDSDK_CONFIG: folder, APPDATA: windows, HOME: home = homedir() }: NodeJS.ProcessEnv): string {
	const base =
		folder || (process.platform === "win32" ? join(windows ?? home, "gcloud") : join(home, ".config/gcloud"));
	return join(base, "application_default_credentials.json");
}
