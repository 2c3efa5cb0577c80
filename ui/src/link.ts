/** Signs in by the link that the gateway, or `llmw ui`, has printed. */
import { askJson } from "./api.js";
import type { Session } from "./contract.js";
import { setCredential } from "./credentials.js";
import { placeOf } from "./route.js";

export async function signInByLink(): Promise<void> {
	const [word, link] = placeOf(location.hash).path;
	if (word !== "link" || link === undefined) return;
	// Neither the history nor a bookmark shall keep it.
	history.replaceState(null, "", "#/overview");
	try {
		const session = await askJson<Session>("admin", "v1/admin/session", { method: "POST", body: { link } });
		setCredential("admin", session.credential);
	} catch {
		// The tab's earlier credential, if any, still counts; else the page asks for a credential.
	}
}
