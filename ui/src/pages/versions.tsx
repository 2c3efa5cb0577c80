/** A prompt's versions, newest first, with their labels, which a click moves. */
import { useState } from "preact/hooks";
import { ask } from "../api.js";
import type { PromptVersion } from "../contract.js";
import { ago, dateTime } from "../format.js";
import { useAction } from "../parts/dialog.js";
import { Failure } from "../parts/states.js";
import type { PromptWithVersions } from "../promptWithVersions.js";

interface VersionsProps {
	found: PromptWithVersions;
	reload(): Promise<void>;
	compare(version: number): void;
}

export function Versions({ found: { prompt, versions }, reload, compare }: VersionsProps) {
	const { error, isBusy, perform } = useAction();
	const labels = Object.keys(prompt.labels);
	const pathOf = (label: string) => `v1/prompts/${encodeURIComponent(prompt.name)}/labels/${encodeURIComponent(label)}`;
	const move = (label: string, version: number) =>
		perform(async () => {
			await ask("key", pathOf(label), { method: "PUT", body: { version } });
			await reload();
		});
	const remove = (label: string) =>
		perform(async () => {
			await ask("key", pathOf(label), { method: "DELETE" });
			await reload();
		});
	return (
		<>
			{error === undefined ? null : <Failure error={error} />}
			<ol class="versions">
				{versions.map((version) => (
					<li key={version.id} class="card">
						<header>
							<h2>Version {version.version}</h2>
							<span class="muted" title={dateTime(version.created_at)}>
								{ago(version.created_at)}
								{version.comment && ` · ${version.comment}`}
							</span>
							<div class="labels">
								{labels
									.filter((label) => prompt.labels[label] === version.version)
									.map((label) => (
										<span key={label} class="tag is-on">
											{label}
											<button
												type="button"
												aria-label={`Remove label ${label}`}
												disabled={isBusy}
												onClick={() => remove(label)}
											>
												✕
											</button>
										</span>
									))}
								{labels
									.filter((label) => prompt.labels[label] !== version.version)
									.map((label) => (
										<button
											key={label}
											type="button"
											class="tag"
											disabled={isBusy}
											onClick={() => move(label, version.version)}
										>
											Move {label} here
										</button>
									))}
								<NewLabel isBusy={isBusy} add={(label) => move(label, version.version)} />
								{version.version > 1 && (
									<button type="button" class="tag" onClick={() => compare(version.version)}>
										Compare with {version.version - 1}
									</button>
								)}
							</div>
						</header>
						<Content version={version} />
					</li>
				))}
			</ol>
		</>
	);
}

function NewLabel({ isBusy, add }: { isBusy: boolean; add(label: string): void }) {
	const [label, setLabel] = useState<string | undefined>(undefined);
	if (label === undefined)
		return (
			<button type="button" class="tag" onClick={() => setLabel("")}>
				New label
			</button>
		);
	const submit = (event: Event) => {
		event.preventDefault();
		if (label.trim() !== "") add(label.trim());
		setLabel(undefined);
	};
	return (
		<form class="new-label" onSubmit={submit}>
			<input
				aria-label="Name of the label"
				placeholder="production"
				value={label}
				disabled={isBusy}
				ref={(element) => element?.focus()}
				onInput={({ currentTarget }) => setLabel(currentTarget.value)}
				onKeyDown={({ key }) => key === "Escape" && setLabel(undefined)}
			/>
		</form>
	);
}

function Content({ version: { messages, variables, parameters } }: { version: PromptVersion }) {
	return (
		<div class="messages">
			{messages.map((message, at) => (
				<Message key={at} role={message.role} content={message.content} />
			))}
			{Object.keys(variables).length > 0 && (
				<p class="muted small">
					Variables:{" "}
					{Object.entries(variables)
						.map(([name, { default: byDefault }]) =>
							byDefault === undefined ? name : `${name} = ${JSON.stringify(byDefault)}`,
						)
						.join(", ")}
				</p>
			)}
			{Object.keys(parameters).length > 0 && <p class="muted small">Parameters: {JSON.stringify(parameters)}</p>}
		</div>
	);
}

/** One message of a conversation. Content that isn't text is shown as JSON. */
export function Message({ role, content, note }: { role: string; content: unknown; note?: string }) {
	return (
		<div class={`message ${role}`}>
			<span class="role">{role}</span>
			<div class="text">
				{typeof content === "string" ? content : content === null ? "" : JSON.stringify(content, null, 2)}
				{note && <pre>{note}</pre>}
			</div>
		</div>
	);
}
