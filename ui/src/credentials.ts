/** The credential that was typed in: kept for this tab alone, until it is closed. */
import { useEffect, useState } from "preact/hooks";

/** `admin` opens what administrators see; `key` is the API key that prompts, completions and the playground act with. */
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

/** Counts up with each change, so that what was loaded with another credential is loaded again. */
export function useCredentialChanges(): number {
	const [changes, setChanges] = useState(0);
	useEffect(() => {
		const listener = () => setChanges((before) => before + 1);
		listeners.add(listener);
		return () => void listeners.delete(listener);
	}, []);
	return changes;
}
