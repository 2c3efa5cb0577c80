/** Prompts: the list, or a single one with its versions. */
import { useState } from "preact/hooks";
import { askJson } from "../api.js";
import type { Prompt, PromptList } from "../contract.js";
import { ago, dateTime } from "../format.js";
import { useLoaded } from "../loading.js";
import { Dialog, useAction } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Empty, Failure, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";
import { variablesIn } from "../placeholders.js";
import { goTo, linkTo, type Place } from "../route.js";
import { PromptDetail } from "./promptDetail.js";

const columns: readonly TableColumn[] = [["Name"], ["Labels"], ["Latest version", "number"], ["Changed"]];

export function PromptsPage({ place }: { place: Place }) {
	const [, name] = place.path;
	if (name) return <PromptDetail key={name} name={name} place={place} />;
	return <Prompts />;
}

function Prompts() {
	const [isCreating, setCreating] = useState(false);
	const loaded = useLoaded((signal) => askJson<PromptList>("key", "v1/prompts?limit=100", { signal }), []);
	return (
		<>
			<header class="page-head">
				<h1>Prompts</h1>
				{loaded.data && (
					<button type="button" class="primary" onClick={() => setCreating(true)}>
						Create a prompt
					</button>
				)}
			</header>
			<Shown loaded={loaded}>
				{({ data }) =>
					data.length === 0 ? (
						<Empty title="No prompts yet">
							A prompt has a name, numbered versions that never change, and labels such as “production” that say which
							version is used. Requests name it instead of bringing its text.
						</Empty>
					) : (
						<PromptTable prompts={data} />
					)
				}
			</Shown>
			{isCreating && <NewPrompt close={() => setCreating(false)} />}
		</>
	);
}

function PromptTable({ prompts }: { prompts: readonly Prompt[] }) {
	return (
		<Table columns={columns}>
			<tbody>
				{prompts.map((prompt) => (
					<tr key={prompt.id}>
						<td class="named">
							<a href={linkTo(["prompts", prompt.name])} title={prompt.name}>
								{prompt.name}
							</a>
							<small>{prompt.description}</small>
						</td>
						<td>
							{Object.entries(prompt.labels).map(([label, version]) => (
								<span key={label} class="tag">
									{label} → {version}
								</span>
							))}
						</td>
						<td class="number">{prompt.latest_version}</td>
						<td title={dateTime(prompt.updated_at)}>{ago(prompt.updated_at)}</td>
					</tr>
				))}
			</tbody>
		</Table>
	);
}

function variablesOf(messages: readonly object[]): Record<string, object> {
	return Object.fromEntries(variablesIn(messages).map((name) => [name, {}]));
}

function NewPrompt({ close }: { close(): void }) {
	const [name, setName] = useState("");
	const [description, setDescription] = useState("");
	const [system, setSystem] = useState("");
	const [user, setUser] = useState("{{question}}");
	const { error, isBusy, perform } = useAction();
	const submit = (event: Event) => {
		event.preventDefault();
		const messages = [
			...(system.trim() === "" ? [] : [{ role: "system", content: system }]),
			{ role: "user", content: user },
		];
		void perform(
			() =>
				askJson<Prompt>("key", "v1/prompts", {
					method: "POST",
					body: { name: name.trim(), description, messages, variables: variablesOf(messages), parameters: {} },
				}),
			(made) => goTo(["prompts", made.name]),
		);
	};
	return (
		<Dialog title="Create a prompt" close={close}>
			<form onSubmit={submit}>
				<div class="body fields">
					<Field label="Name" value={name} change={setName} isRequired placeholder="support-reply" />
					<Field label="Description" value={description} change={setDescription} />
					<Field
						label="System message"
						hint="{{name}} is a place for a variable"
						value={system}
						change={setSystem}
						lines={4}
					/>
					<Field label="User message" value={user} change={setUser} lines={3} isRequired />
				</div>
				{error === undefined ? null : <Failure error={error} />}
				<footer>
					<button type="button" onClick={close}>
						Cancel
					</button>
					<button type="submit" class="primary" disabled={isBusy}>
						Create
					</button>
				</footer>
			</form>
		</Dialog>
	);
}
