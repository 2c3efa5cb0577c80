/** Asks for a credential when the gateway requires one. */
import { useState } from "preact/hooks";
import { ApiError, ask, messageOf } from "../api.js";
import { type CredentialKind, credential, setCredential } from "../credentials.js";

const texts = {
	admin: {
		title: "Sign in",
		label: "Administrator's credential",
		explanation: (
			<>
				On the gateway's machine, <code>llmw ui</code> prints a link that signs you in. Elsewhere, enter the
				administrator's credential: the value of <code>LLMW_ADMIN_KEY</code>, or what <code>llmw --require-keys</code>{" "}
				printed the first time it started. It is kept in this tab until you close it or sign out.
			</>
		),
		path: "v1/admin/keys?limit=1",
		wrong: "That is not the administrator's credential.",
	},
	key: {
		title: "Sign in with an API key",
		label: "API key",
		explanation: (
			<>
				Prompts and stored completions belong to an API key or its team, and the playground uses the key's own limits.
				Enter one of your keys; you can create one on the Keys page or with <code>llmw keys create</code>.
			</>
		),
		path: "v1/prompts?limit=1",
		wrong: "The gateway does not accept this key.",
	},
} as const;

/** @param message of the gateway's refusal */
export function SignIn({ kind, message }: { kind: CredentialKind; message: string }) {
	const { title, label, explanation, path, wrong } = texts[kind];
	const [value, setValue] = useState("");
	const [problem, setProblem] = useState<string | undefined>(credential(kind) === undefined ? undefined : wrong);
	const [isBusy, setBusy] = useState(false);
	const submit = async (event: Event) => {
		event.preventDefault();
		setBusy(true);
		try {
			await ask(kind, path, { credential: value.trim() });
			setCredential(kind, value.trim());
		} catch (error) {
			// With any other answer the gateway has accepted the credential.
			if (!(error instanceof ApiError)) setProblem(messageOf(error));
			else if (error.status === 401) setProblem(`${wrong} (${error.message})`);
			else setCredential(kind, value.trim());
		}
		setBusy(false);
	};
	return (
		<form class="sign-in card" onSubmit={submit}>
			<h2>{title}</h2>
			<p class="muted">{explanation}</p>
			<label class="field">
				<span>{label}</span>
				<input
					type="password"
					autocomplete="off"
					spellcheck={false}
					required
					value={value}
					onInput={({ currentTarget }) => setValue(currentTarget.value)}
				/>
			</label>
			<p class={problem === undefined ? "muted small" : "problem"} role={problem === undefined ? undefined : "alert"}>
				{problem ?? message}
			</p>
			<button type="submit" class="primary" disabled={isBusy}>
				{title}
			</button>
		</form>
	);
}
