/** The credentials that the user has entered: stored for this tab only, until it is closed. */
import { useEffect, useState } from "preact/hooks";

/** `admin` is the administrator's; `key` is the API key for prompts, completions and the playground. */
export type CredentialKind = "admin" | "key";

const listeners = new Set<() => void>();

export function credential(kind: CredentialKind): string | undefined {
	return sessionStorage.getItem(`llmgw.${kind}`) ?? undefined;
}

export function setCredential(kind: CredentialKind, value: string | undefined): void {
	if (value === undefined) sessionStorage.removeItem(`llmgw.${kind}`);
	else sessionStorage.setItem(`llmgw.${kind}`, value);
	for (const listener of [...listeners]) listener();
}

/** @returns a number that changes with each credential, so that data loaded with another one is loaded again */
export function useCredentialChanges(): number {
	const [changes, setChanges] = useState(0);
	useEffect(() => {
		const listener = () => setChanges((before) => before + 1);
		listeners.add(listener);
		return () => void listeners.delete(listener);
	}, []);
	return changes;
}
