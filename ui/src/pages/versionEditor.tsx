/** The editor for a prompt's next version, starting from the newest one. */
import { useState } from "preact/hooks";
import { askJson } from "../api.js";
import type { PromptVersion } from "../contract.js";
import { useAction } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Failure } from "../parts/states.js";
import { variablesIn } from "../placeholders.js";
import type { PromptWithVersions } from "../promptWithVersions.js";

type Message = PromptVersion["messages"][number];

/** An edited message; content that isn't text is edited as JSON. */
interface TypedMessage {
	original: Message;
	role: string;
	text: string;
	isJson: boolean;
}

const roles = ["system", "developer", "user", "assistant", "tool"] as const;

interface EditorProps {
	found: PromptWithVersions;
	saved(): Promise<void>;
}

export function VersionEditor({ found: { prompt, versions }, saved }: EditorProps) {
	const newest = versions[0];
	const [messages, setMessages] = useState<TypedMessage[]>(() => (newest?.messages ?? []).map(toTyped));
	const [defaults, setDefaults] = useState<Record<string, string>>(() => defaultsOf(newest));
	const [parameters, setParameters] = useState(() => JSON.stringify(newest?.parameters ?? {}, null, 2));
	const [comment, setComment] = useState("");
	const { error, isBusy, perform } = useAction();
	const names = variablesIn(messages.map(({ text }) => text));
	const change = (at: number, changes: Partial<TypedMessage>) =>
		setMessages(messages.map((message, place) => (place === at ? { ...message, ...changes } : message)));
	const submit = (event: Event) => {
		event.preventDefault();
		void perform(
			async () =>
				askJson("key", `v1/prompts/${encodeURIComponent(prompt.name)}/versions`, {
					method: "POST",
					body: {
						messages: messages.map(messageOf),
						variables: Object.fromEntries(names.map((name) => [name, variableOf(name, newest, defaults)])),
						parameters: parse(parameters, "Parameters"),
						comment,
					},
				}),
			() => void saved(),
		);
	};
	return (
		<form class="card editor" onSubmit={submit}>
			<div class="fields">
				{messages.map((message, at) => (
					<fieldset class="edited" key={at}>
						<legend class="hidden">Message {at + 1}</legend>
						<select
							aria-label="Role"
							value={message.role}
							onChange={({ currentTarget }) => change(at, { role: currentTarget.value })}
						>
							{roles.map((role) => (
								<option key={role}>{role}</option>
							))}
						</select>
						<textarea
							aria-label={message.isJson ? "Content, as JSON" : "Content"}
							rows={Math.min(16, Math.max(3, message.text.split("\n").length + 1))}
							value={message.text}
							onInput={({ currentTarget }) => change(at, { text: currentTarget.value })}
						/>
						<button
							type="button"
							class="quiet"
							aria-label={`Remove message ${at + 1}`}
							onClick={() => setMessages(messages.filter((_message, place) => place !== at))}
						>
							✕
						</button>
					</fieldset>
				))}
				<button
					type="button"
					class="more"
					onClick={() => setMessages([...messages, toTyped({ role: "user", content: "" })])}
				>
					Add a message
				</button>
				{names.length > 0 && <h3>Variables</h3>}
				{names.map((name) => (
					<Field
						key={name}
						label={name}
						hint="default; leave empty for none"
						value={defaults[name] ?? ""}
						change={(value) => setDefaults({ ...defaults, [name]: value })}
					/>
				))}
				<Field
					label="Parameters"
					hint="JSON: model, temperature, …"
					value={parameters}
					change={setParameters}
					lines={5}
				/>
				<Field label="Comment" hint="what changed" value={comment} change={setComment} />
			</div>
			{error === undefined ? null : <Failure error={error} />}
			<footer>
				<button type="submit" class="primary" disabled={isBusy}>
					Save as version {prompt.latest_version + 1}
				</button>
			</footer>
		</form>
	);
}

function toTyped(message: Message): TypedMessage {
	const { content, role } = message;
	const isJson = typeof content !== "string";
	return { original: message, role, isJson, text: isJson ? JSON.stringify(content ?? null, null, 2) : content };
}

/** Members without a field in the editor (`name`, `tool_calls`) are kept. */
function messageOf({ original, role, text, isJson }: TypedMessage): unknown {
	return { ...original, role, content: isJson ? parse(text, "Content") : text };
}

/** @throws Error with a message for the user */
function parse(text: string, name: string): unknown {
	try {
		return JSON.parse(text.trim() === "" ? "{}" : text);
	} catch {
		throw new Error(`${name} must be JSON.`);
	}
}

function defaultsOf(version: PromptVersion | undefined): Record<string, string> {
	const all = Object.entries(version?.variables ?? {});
	return Object.fromEntries(
		all.map(([name, { default: value }]) => [
			name,
			value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value),
		]),
	);
}

function variableOf(name: string, version: PromptVersion | undefined, defaults: Record<string, string>): object {
	const { default: _before, ...known } = version?.variables[name] ?? {};
	const text = defaults[name] ?? "";
	if (text === "") return known;
	const isText = known.type === undefined || known.type === "string";
	return { ...known, default: isText ? text : parse(text, `The default of ${name}`) };
}
