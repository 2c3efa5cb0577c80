/** Signs in with the link that the gateway or `llmw ui` printed. */
import { askJson } from "./api.js";
import type { Session } from "./contract.js";
import { setCredential } from "./credentials.js";
import { placeOf } from "./route.js";

export async function signInByLink(): Promise<void> {
	const [word, link] = placeOf(location.hash).path;
	if (word !== "link" || link === undefined) return;
	// Keeps the link out of the history and bookmarks.
	history.replaceState(null, "", "#/overview");
	try {
		const session = await askJson<Session>("admin", "v1/admin/session", { method: "POST", body: { link } });
		setCredential("admin", session.credential);
	} catch {
		// A credential that the tab already has still counts; otherwise the page asks for one.
	}
}
