/** Settings with the contents of the overlays that they name, read once for all workers. */

import type { Settings } from "../settings/settings.js";
import { namesOfOverlays } from "./namesOfOverlays.js";

/** @throws Problems with all that is wrong with any of them */
export async function withOverlays(settings: Settings): Promise<Settings> {
	if (namesOfOverlays(settings).length === 0) return settings;
	// The YAML library is loaded only for those who have one.
	const { readOverlays } = await import("./overlaysInForce.js");
	return { ...settings, overlayDocuments: readOverlays(settings) };
}
