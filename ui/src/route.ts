/** The current place in the dashboard: the URL's part after `#`, so that each place can be reloaded and linked to. */
import { useEffect, useState } from "preact/hooks";

export interface Place {
	/** `["prompts", "support-reply"]` */
	path: readonly string[];
	query: URLSearchParams;
}

export function placeOf(hash: string): Place {
	const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
	return { path: path.split("/").map(decode), query: new URLSearchParams(query) };
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

export function usePlace(): Place {
	const [hash, setHash] = useState(location.hash);
	useEffect(() => {
		const listener = () => setHash(location.hash);
		addEventListener("hashchange", listener);
		return () => removeEventListener("hashchange", listener);
	}, []);
	return placeOf(hash);
}

/** @returns a link to a place, without parameters that have no value */
export function linkTo(path: readonly string[], query: Record<string, string | undefined> = {}): string {
	const parameters = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
	const text = new URLSearchParams(parameters).toString();
	return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

export function goTo(path: readonly string[], query: Record<string, string | undefined> = {}): void {
	location.hash = linkTo(path, query);
}

/** Changes the place's parameters without adding to the history. */
export function changeQuery({ path, query }: Place, changes: Record<string, string | undefined>): void {
	const next = linkTo(path, { ...Object.fromEntries(query), ...changes });
	history.replaceState(null, "", next);
	dispatchEvent(new HashChangeEvent("hashchange"));
}
