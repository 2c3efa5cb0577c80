/** The differences between two versions of a prompt. */
import { askJson, queryOf } from "../api.js";
import type { PromptDiff } from "../contract.js";
import { useLoaded } from "../loading.js";
import { Empty, Shown } from "../parts/states.js";
import type { PromptWithVersions } from "../promptWithVersions.js";
import { changeQuery, type Place } from "../route.js";

export function VersionDiff({ found: { prompt, versions }, place }: { found: PromptWithVersions; place: Place }) {
	const latest = prompt.latest_version;
	const from = place.query.get("from") ?? String(Math.max(1, latest - 1));
	const to = place.query.get("to") ?? String(latest);
	const loaded = useLoaded(
		(signal) =>
			askJson<PromptDiff>("key", `v1/prompts/${encodeURIComponent(prompt.name)}/diff?${queryOf({ from, to })}`, {
				signal,
			}),
		[prompt.name, from, to],
	);
	const choice = (name: "from" | "to", label: string, value: string) => (
		<label>
			<span>{label}</span>
			<select value={value} onChange={({ currentTarget }) => changeQuery(place, { [name]: currentTarget.value })}>
				{versions.map(({ version }) => (
					<option key={version} value={String(version)}>
						Version {version}
					</option>
				))}
			</select>
		</label>
	);
	return (
		<>
			<form class="filters" onSubmit={(event) => event.preventDefault()}>
				{choice("from", "From", from)}
				{choice("to", "To", to)}
			</form>
			<Shown loaded={loaded}>
				{({ text }) =>
					text === "" ? (
						<Empty title="The versions are identical" />
					) : (
						<pre class="card diff">
							{text
								.trimEnd()
								.split("\n")
								.map((line, at) => (
									<span key={at} class={classOf(line)}>
										{line}
										{"\n"}
									</span>
								))}
						</pre>
					)
				}
			</Shown>
		</>
	);
}

function classOf(line: string): string {
	if (/^(\+\+\+|---|@@|=====|Index:)/.test(line)) return "head";
	if (line.startsWith("+")) return "added";
	return line.startsWith("-") ? "removed" : "";
}
