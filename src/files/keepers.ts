/** Which upstream keeps a client's files, if it is not the gateway itself. */
import type { Settings } from "../settings/settings.js";
import type { Upstream } from "../upstream/upstream.js";
import type { Upstreams } from "../upstream/upstreams.js";
import type { FileForm } from "./fileObjects.js";

/** The API that an upstream's files have; undefined if it keeps none. */
export function fileFormOf({ settings, provider }: Upstream): FileForm | undefined {
	if (!(settings.keepsFiles ?? provider.keepsFiles ?? false)) return undefined;
	return provider.modelShape === "anthropic" ? "anthropic" : "openai";
}

/**
 * By the setting `files`, and by default the only upstream that keeps files of the client's API.
 *
 * @returns its name; undefined for the gateway itself
 */
export function keeperFor(form: FileForm, { files }: Pick<Settings, "files">, { all }: Upstreams): string | undefined {
	if (files === "local") return undefined;
	if (files !== "auto") return files;
	const keepers = [...all].filter(([, upstream]) => fileFormOf(upstream) === form);
	return keepers.length === 1 ? keepers[0]?.[0] : undefined;
}
