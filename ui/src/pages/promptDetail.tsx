/** One prompt: its versions and labels, the diff of two, an editor for a new one, and the playground. */
import { useState } from "preact/hooks";
import { ask, askJson } from "../api.js";
import type { Prompt, PromptVersionList } from "../contract.js";
import { useLoaded } from "../loading.js";
import { Confirmation } from "../parts/dialog.js";
import { Shown } from "../parts/states.js";
import { Choice } from "../parts/tabs.js";
import type { PromptWithVersions } from "../promptWithVersions.js";
import { changeQuery, goTo, linkTo, type Place } from "../route.js";
import { Playground } from "./playground.js";
import { VersionDiff } from "./versionDiff.js";
import { VersionEditor } from "./versionEditor.js";
import { Versions } from "./versions.js";

const views = [
	["versions", "Versions"],
	["diff", "Difference"],
	["edit", "New version"],
	["playground", "Playground"],
] as const;

export function PromptDetail({ name, place }: { name: string; place: Place }) {
	const path = `v1/prompts/${encodeURIComponent(name)}`;
	const view = views.find(([one]) => one === place.query.get("view"))?.[0] ?? "versions";
	const [isDeleting, setDeleting] = useState(false);
	const loaded = useLoaded<PromptWithVersions>(
		async (signal) => {
			const [prompt, versions] = await Promise.all([
				askJson<Prompt>("key", path, { signal }),
				askJson<PromptVersionList>("key", `${path}/versions?limit=100&order=desc`, { signal }),
			]);
			return { prompt, versions: versions.data };
		},
		[name],
	);
	const choose = (next: string, more: Record<string, string | undefined> = {}) =>
		changeQuery(place, { view: next === "versions" ? undefined : next, ...more });
	return (
		<>
			<header class="page-head">
				<h1>
					<a href={linkTo(["prompts"])}>Prompts</a> <span class="muted">/</span> <span class="name">{name}</span>
				</h1>
				<Choice label="View" value={view} options={views} choose={choose} />
				<button type="button" class="quiet" onClick={() => setDeleting(true)}>
					Delete
				</button>
			</header>
			<Shown loaded={loaded}>
				{(found) => (
					<>
						{found.prompt.description && <p class="muted">{found.prompt.description}</p>}
						{view === "versions" && (
							<Versions
								found={found}
								reload={loaded.reload}
								compare={(version) => choose("diff", { from: String(version - 1), to: String(version) })}
							/>
						)}
						{view === "diff" && <VersionDiff found={found} place={place} />}
						{view === "edit" && (
							<VersionEditor
								key={found.prompt.latest_version}
								found={found}
								saved={async () => {
									await loaded.reload();
									choose("versions");
								}}
							/>
						)}
						{view === "playground" && <Playground found={found} />}
					</>
				)}
			</Shown>
			{isDeleting && (
				<Confirmation
					title={`Delete ${name}`}
					action="Delete"
					close={() => setDeleting(false)}
					run={async () => {
						await ask("key", path, { method: "DELETE" });
						goTo(["prompts"]);
					}}
				>
					<p>
						The prompt is hidden until it is restored (<code>POST /v1/prompts/…/restore</code>). Requests that name one
						of its versions by number still work.
					</p>
				</Confirmation>
			)}
		</>
	);
}
