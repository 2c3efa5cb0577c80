/** One stored completion: request, answer and metadata. */
import { useState } from "preact/hooks";
import { ask, askJson, queryOf } from "../api.js";
import { completionStates } from "../completionStates.js";
import type { StoredCompletion, StoredMessageList } from "../contract.js";
import { dateTime, duration, whole } from "../format.js";
import { useLoaded } from "../loading.js";
import { useAction } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { RecordPage } from "../parts/recordPage.js";
import { Failure, Shown } from "../parts/states.js";
import { Message } from "./versions.js";

type Messages = StoredMessageList["data"];

export function CompletionDetail({ id }: { id: string }) {
	const path = `v1/chat/completions/${encodeURIComponent(id)}`;
	const loaded = useLoaded(
		async (signal) => {
			const [completion, messages] = await Promise.all([
				askJson<StoredCompletion>("key", path, { signal }),
				allMessages(path, signal),
			]);
			return { completion, messages };
		},
		[id],
	);
	return (
		<RecordPage
			list="completions"
			title="Completions"
			id={id}
			path={path}
			noun="completion"
			warning="The completion and its request are deleted. This can't be undone."
		>
			<Shown loaded={loaded}>
				{({ completion, messages }) => (
					<div class="completion">
						<section class="card" aria-label="Conversation">
							<div class="messages">
								{messages.map((message) => (
									<Message key={message.id} role={message.role} content={message.content ?? message.content_parts} />
								))}
								{completion.choices.map(({ index, message }) => (
									<Message
										key={index}
										role={message.role}
										content={message.content}
										{...(message.tool_calls ? { note: JSON.stringify(message.tool_calls, null, 2) } : {})}
									/>
								))}
							</div>
						</section>
						<section class="card" aria-label="Facts">
							<Facts completion={completion} />
							<MetadataForm
								key={JSON.stringify(completion.metadata)}
								path={path}
								completion={completion}
								reload={loaded.reload}
							/>
						</section>
					</div>
				)}
			</Shown>
		</RecordPage>
	);
}

async function allMessages(path: string, signal: AbortSignal): Promise<Messages> {
	const messages: Messages = [];
	let after: string | undefined;
	do {
		const query = queryOf({ limit: 100, after });
		const page = await askJson<StoredMessageList>("key", `${path}/messages?${query}`, { signal });
		messages.push(...page.data);
		after = page.has_more ? (page.last_id ?? undefined) : undefined;
	} while (after !== undefined);
	return messages;
}

function Facts({ completion }: { completion: StoredCompletion }) {
	const { created, model, status, usage, duration_ms, choices } = completion;
	const facts: [string, string | undefined][] = [
		["Time", dateTime(created)],
		["Model", model],
		["Finish reason", choices.map(({ finish_reason }) => finish_reason ?? "nothing").join(", ")],
		["Tokens", usage ? `${whole(usage.prompt_tokens)} in, ${whole(usage.completion_tokens)} out` : undefined],
		["Duration", duration_ms === undefined ? undefined : duration(duration_ms)],
	];
	return (
		<dl class="facts is-narrow">
			<div>
				<dt>Status</dt>
				<dd>
					<span class={`state ${completionStates[status]}`}>
						<i class="dot" />
						{status}
					</span>
				</dd>
			</div>
			{facts
				.filter(([, value]) => value)
				.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
		</dl>
	);
}

interface MetadataFormProps {
	path: string;
	completion: StoredCompletion;
	reload(): Promise<void>;
}

/** The metadata, the only part that can be changed. */
function MetadataForm({ path, completion, reload }: MetadataFormProps) {
	const before = Object.entries(completion.metadata ?? {})
		.map(([name, value]) => `${name}=${value}`)
		.join("\n");
	const [text, setText] = useState(before);
	const { error, isBusy, perform } = useAction();
	const submit = (event: Event) => {
		event.preventDefault();
		const lines = text.split("\n").filter((line) => line.trim() !== "");
		const metadata = Object.fromEntries(
			lines.map((line) => {
				const [name = "", ...value] = line.split("=");
				return [name.trim(), value.join("=").trim()];
			}),
		);
		void perform(async () => {
			await ask("key", path, { method: "POST", body: { metadata } });
			await reload();
		});
	};
	return (
		<form onSubmit={submit}>
			<Field label="Metadata" hint="name=value, one in a line" value={text} change={setText} lines={4} />
			{error === undefined ? null : <Failure error={error} />}
			<button type="submit" disabled={isBusy || text === before}>
				Save
			</button>
		</form>
	);
}
