/** The access token of the machine's, or the pod's, own service account, by the metadata server of Google Cloud. */
import { parseObject } from "../../json/parseObject.js";
import type { Token } from "../expiringToken.js";
import { askIssuer, tokenIn } from "../tokenEndpoint.js";

const path = "/computeMetadata/v1/instance/service-accounts/default/token";
/** It is near, or not there at all. */
const timeoutMs = 3_000;
const flavor = { name: "metadata-flavor", value: "Google" };
const howElse =
	"set `vertex.credentials`, `vertex.tokenCommand` or a `key`, or GOOGLE_APPLICATION_CREDENTIALS in the environment";

/** @throws Error that says how else a token is had */
export async function metadataToken(environment: NodeJS.ProcessEnv): Promise<Token> {
	const host = environment.GCE_METADATA_HOST || environment.GCE_METADATA_IP || "metadata.google.internal";
	const answer = await askIssuer({
		url: `http://${host}${path}`,
		headers: { [flavor.name]: flavor.value },
		timeoutMs,
	}).catch((cause: Error) => {
		throw new Error(`there are no credentials: the metadata server ${cause.message}; ${howElse}`, { cause });
	});
	// Anybody else at this address has no business here.
	const isGoogle = answer.header(flavor.name) === flavor.value;
	const token = answer.status === 200 && isGoogle ? tokenIn(parseObject(answer.text) ?? {}) : undefined;
	if (token !== undefined) return token;
	throw new Error(`the metadata server ${host} answered with ${answer.status}, and no token; ${howElse}`);
}
